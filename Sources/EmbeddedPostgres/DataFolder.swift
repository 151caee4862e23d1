import Glibc

/// What PostgreSQL itself writes into a cluster's data folder about its version and its running server.
struct DataFolder {
  let path: String

  /// The major version that made the cluster; nil where there is no cluster. Source: PG_VERSION.
  var majorVersion: Int? { contents(of: path + "/PG_VERSION").flatMap { Int($0.trimmed.prefix { $0.isNumber }) } }

  /// postmaster.pid, written by the server and left behind by one that was killed.
  ///
  /// Source: PostgreSQL's src/include/utils/pidfile.h, which fixes the meaning of each line.
  struct Postmaster: Equatable {
    let processID: Int32
    let port: Int
    let socketFolder: String
    /// "starting", "ready", "stopping" or "standby".
    let status: String
  }

  var postmaster: Postmaster? {
    guard let text = contents(of: path + "/postmaster.pid") else { return nil }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.trimmed }
    guard let first = lines.first, let id = Int32(first), id > 0 else { return nil }
    // While it starts the file is still short: the later lines are added one by one.
    return Postmaster(
      processID: id, port: lines.count > 3 ? Int(lines[3]) ?? 0 : 0, socketFolder: lines.count > 4 ? lines[4] : "",
      status: lines.count > 7 ? lines[7] : "starting")
  }

  enum Life: Equatable {
    case none
    /// A file of a server that is gone; its number may belong to another process by now.
    case stale(numberTaken: Bool)
    case alive(Postmaster)
  }

  var life: Life {
    guard let postmaster else { return .none }
    let id = postmaster.processID
    guard kill(id, 0) == 0 || errno == EPERM else { return .stale(numberTaken: false) }
    return isServer(id) ? .alive(postmaster) : .stale(numberTaken: true)
  }

  /// Whether process `id` is a server of this folder: after a crash of the machine the number in a left-over file
  /// soon belongs to somebody else. Everybody may read a process's arguments; its current folder only ptrace may.
  private func isServer(_ id: Int32) -> Bool {
    guard let line = contents(of: "/proc/\(id)/cmdline") else { return false }
    let arguments = line.split(separator: "\0").map(String.init)
    guard let flag = arguments.firstIndex(of: "-D"), flag + 1 < arguments.count,
      let theirs = FileFacts(arguments[flag + 1], following: true), let ours = FileFacts(path, following: true)
    else { return false }
    return theirs.isSameFile(as: ours)
  }
}
