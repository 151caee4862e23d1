import EmbeddedPostgres
import Glibc
import Market

/// What `doctor` looks at in the machine: the clock changes that it knows of, and the folder that the state goes to.
struct MachineCheck {
  private let program: Settings

  init(_ program: Settings) { self.program = program }

  func findings() -> [Finding] { [clockChanges()] + stateFolder() }

  /// 2026-01-01.
  private static let firstDay = SettlementDate(CivilDate(daysSinceEpoch: 20_454))

  /// Settlement days of 23 and 25 hours: two a year, as far as the law goes on as it is.
  private func clockChanges() -> Finding {
    let days = (0..<730).map { Self.firstDay.advanced(by: $0) }.filter { $0.periodCount(in: program.london) != 48 }
    let list = days.map(\.description).joined(separator: ", ")
    return days.count == 4
      ? .ok("time zones", "London's clocks change on \(list)")
      : .warning(
        "time zones", "London's clocks change on \(list.isEmpty ? "no day" : list) of 2026 and 2027",
        toDo: "compare with the law; apt-get install --only-upgrade tzdata brings the newest data")
  }

  /// The C functions are `stat`, `access` and `statvfs`.
  private func stateFolder() -> [Finding] {
    let path = program.state.path
    var status = stat()
    guard stat(path, &status) == 0 else {
      let parent = Self.nearest(above: path)
      return stat(parent, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && access(parent, W_OK | X_OK) == 0
        ? [.ok("state folder", "\(path) will be made"), space(parent)]
        : [
          .failed(
            "state folder", "\(path) is not there, and cannot be made in \(parent)",
            toDo: "make it, or name another one with --state-dir", .cannotCreate)
        ]
    }
    var findings: [Finding] = []
    if status.st_mode & S_IFMT != S_IFDIR {
      return [
        .failed("state folder", "\(path) is no folder", toDo: "move it away, or name another one", .configuration)
      ]
    }
    if access(path, W_OK | X_OK) != 0 {
      findings.append(
        .failed(
          "state folder", "\(path) cannot be written by this user",
          toDo: "chown it, or run as the user whose it is (\(status.st_uid))", .permission))
    } else if status.st_mode & (S_IWGRP | S_IWOTH) != 0 {
      findings.append(
        .warning("state folder", "\(path) can be written by others", toDo: "chmod go-w \(path)"))
    } else {
      findings.append(.ok("state folder", path))
    }
    return findings + [space(path)]
  }

  /// What a full spool and a day of a database's log need is the least that is comfortable.
  private func space(_ path: String) -> Finding {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else {
      let reason = String(cString: strerror(errno))
      return .warning("disk", "how full it is cannot be asked: \(reason)", toDo: "look at \(path)")
    }
    let free = UInt64(status.f_bavail) * UInt64(status.f_frsize)
    let says = "\(free >> 20) MiB are free for \(path)"
    if free < 256 << 20 { return .failed("disk", says, toDo: "make room before it is started", .cannotCreate) }
    if free < 2 << 30 { return .warning("disk", says, toDo: "a spool may take 1 GiB: make room") }
    return .ok("disk", says)
  }

  /// What is there of the path, be it a folder or not.
  private static func nearest(above path: String) -> String {
    var parts = path.split(separator: "/").dropLast()
    while !parts.isEmpty {
      let folder = "/" + parts.joined(separator: "/")
      if access(folder, F_OK) == 0 { return folder }
      parts = parts.dropLast()
    }
    return "/"
  }
}
