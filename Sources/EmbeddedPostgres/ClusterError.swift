import Glibc

/// What stands between a command and its own database server: what failed, where, and what to do about it.
package enum ClusterError: Error, Equatable {
  /// No PostgreSQL server of version 14 or newer was found in `searched`.
  case notInstalled(searched: [String])
  /// FLUX_POSTGRES_BIN names a folder that lacks `program`.
  case incompleteBinaries(folder: String, program: String)
  /// The cluster was made by a major version that is not installed.
  case otherMajorVersion(cluster: Int, data: String, installed: [Int])
  /// pg_ctl hands its paths to a shell between double quotes, which these characters would end or expand.
  case unusablePath(String)
  /// The place of the cluster holds something else.
  case notACluster(data: String)
  /// The folder belongs to another user, as whom this one cannot act.
  case notOurs(folder: String, owner: String)
  /// Run as root, the server drops to `account`, which cannot pass through `folder`.
  case notSearchable(folder: String, account: String)
  /// There is no user `account` for the server to drop to.
  case noAccount(String)
  /// A system call on a file failed.
  case file(action: String, path: String, reason: String)
  /// The lock of the state folder was held for too long.
  case locked(file: String, holder: String)
  /// The folder for the socket is not private to the server's user.
  case socketFolderTaken(String)
  /// A program of PostgreSQL could not be run or reported failure.
  case program(name: String, message: String, log: String?)

  static func file(_ action: String, _ path: String) -> ClusterError {
    .file(action: action, path: path, reason: systemMessage(errno))
  }
}

extension ClusterError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notInstalled(let searched):
      return "no PostgreSQL server, version 14 or newer, in \(searched.joined(separator: ", ")): install one "
        + "(apt-get install postgresql), name its programs' folder in FLUX_POSTGRES_BIN, "
        + "or use another server by FLUX_DATABASE_URL"
    case .incompleteBinaries(let folder, let program):
      return "FLUX_POSTGRES_BIN is \(folder), which has no program \(program): "
        + "name the folder that holds initdb, pg_ctl, postgres and psql"
    case .otherMajorVersion(let cluster, let data, let installed):
      let have = installed.isEmpty ? "none" : installed.map(String.init).joined(separator: ", ")
      return "the embedded database in \(data) was made by PostgreSQL \(cluster), installed is \(have): "
        + "install that version (apt-get install postgresql-\(cluster)), or carry the data over with pg_upgrade "
        + "or pg_dump; moving the folder away starts anew with an empty database"
    case .unusablePath(let path):
      return "the state folder \(path) has one of the characters \" $ ` \\ or a line's end in its path, "
        + "which PostgreSQL's programs cannot take: name another one in FLUX_STATE_DIR"
    case .notACluster(let data):
      return "\(data) is there but is no PostgreSQL cluster (it has no PG_VERSION): move it away and try again"
    case .notOurs(let folder, let owner):
      return "\(folder) belongs to \(owner): run as \(owner) or as root, or name another state folder in FLUX_STATE_DIR"
    case .notSearchable(let folder, let account):
      return "run as root the database server runs as user \(account), who may not enter \(folder): "
        + "chmod o+x \(folder), or name another state folder in FLUX_STATE_DIR (/var/lib/flux-market is the default)"
    case .noAccount(let account):
      return "run as root the database server drops to user \(account), who does not exist: "
        + "install PostgreSQL (apt-get install postgresql), which creates that user, or run as an ordinary user"
    case .file(let action, let path, let reason):
      return "cannot \(action) \(path): \(reason) (FLUX_STATE_DIR names another state folder)"
    case .locked(let file, let holder):
      return "\(file) has been locked for two minutes by \(holder), which is starting or stopping the embedded "
        + "database: look at that process, end it if it hangs, and try again"
    case .socketFolderTaken(let folder):
      return "\(folder), the private folder for the database's socket, is not a folder of the server's own user "
        + "with mode 0700: remove it, or name a shorter state folder in FLUX_STATE_DIR"
    case .program(let name, let message, let log):
      return "\(name) failed: \(message)" + (log.map { "; the server's log is \($0)" } ?? "")
    }
  }
}
