import GRDB
import Glibc

/// FOLDER/spool.sqlite: how it is made, opened and measured.
struct SpoolFile: Sendable {
  let folder: String
  let path: String
  let isReadOnly: Bool
  /// Held shared by all that may write, so that only the last of them mends; nil before it is first used.
  private(set) var lock: FolderLock?

  /// The file's format, its `user_version`. A later one is refused; each earlier one is brought up to date here.
  static let version = 1
  /// `application_id`: "FLUX".
  private static let application = 0x464C_5558

  init(folder: String, isReadOnly: Bool) {
    self.folder = folder
    path = folder + "/spool.sqlite"
    self.isReadOnly = isReadOnly
  }

  private mutating func makeFolder() throws(SpoolError) {
    guard lock == nil else { return }
    if mkdir(folder, 0o700) == 0 {
      try synchronise(folder + "/..")
    } else if errno != EEXIST {
      throw .system("make the folder", folder)
    }
    lock = try FolderLock(folder)
  }

  /// - Throws: `SpoolError.damaged` where SQLite cannot read it, or where it is somebody else's.
  mutating func connect() throws(SpoolError) -> DatabaseQueue {
    if isReadOnly {
      guard access(path, F_OK) == 0 else { throw .absent(file: path) }
    } else {
      try makeFolder()
      try finishMending()
      try makeWhereMissing(path)
    }
    return try Self.connect(path, isReadOnly: isReadOnly)
  }

  /// Whether its folder, or where that is to be made, lets this user write. The C function is `access`.
  var mayBeWritten: Bool {
    let parent = folder.lastIndex(of: "/").map { String(folder[...$0]) } ?? "."
    return access(access(folder, F_OK) == 0 ? folder : parent, W_OK | X_OK) == 0
  }

  /// The bytes that the database and its log take on the disk.
  var bytes: Int64 { size(path) + logBytes }
  var logBytes: Int64 { size(path + "-wal") }

  private func size(_ path: String) -> Int64 {
    var facts = stat()
    return stat(path, &facts) == 0 ? Int64(facts.st_size) : 0
  }

  /// An empty file of its owner's alone; SQLite gives its log and index the same mode.
  func makeWhereMissing(_ path: String) throws(SpoolError) {
    // Only where it is missing: closing a file that SQLite has open elsewhere in this process takes away its locks.
    let made = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if made < 0 {
      guard errno == EEXIST else { throw .system("make", path) }
      return
    }
    close(made)
    try synchronise(folder)
  }

  static func connect(_ path: String, isReadOnly: Bool = false) throws(SpoolError) -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = isReadOnly
    configuration.busyMode = .timeout(10)
    configuration.label = "spool"
    do {
      let database = try DatabaseQueue(path: path, configuration: configuration)
      try database.inDatabase { db in
        let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
        let application = try Int.fetchOne(db, sql: "PRAGMA application_id")
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard isEmpty || application == Self.application else {
          throw SpoolError.damaged(file: path, message: "it is not a spool of flux-market")
        }
        guard version <= Self.version else { throw SpoolError.newer(file: path, version: version) }
        guard !isReadOnly else {
          if isEmpty { throw SpoolError.absent(file: path) }
          return
        }
        // Before anything is in the file, or it is too late for the first.
        if isEmpty { try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL") }
        // A commit is on the disk when it returns. The log is cut to 4 MiB when it starts over.
        try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 4194304")
        if isEmpty { try make(in: db) }
      }
      return database
    } catch { throw SpoolError(error, file: path) }
  }

  private static func make(in db: Database) throws {
    try db.inTransaction(.immediate) {
      // Another process may have been first.
      guard try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0 else { return .commit }
      try db.execute(sql: schema)
      return .commit
    }
  }

  /// Instants are microseconds since 1970. The payload is last, so that the rest is read without it; the index answers
  /// for `status` alone. What is set aside is named in a table of its own: a damaged record is never written to.
  private static let schema = """
    PRAGMA application_id = \(application);
    PRAGMA user_version = \(version);
    CREATE TABLE batch (
      id integer PRIMARY KEY AUTOINCREMENT,
      feed text NOT NULL,
      window_from integer,
      window_to integer,
      observed_at integer NOT NULL,
      observations integer NOT NULL,
      bytes integer NOT NULL,
      checksum integer NOT NULL,
      payload blob NOT NULL
    );
    CREATE INDEX batch_of_feed ON batch (feed, id, observed_at, observations, bytes);
    CREATE TABLE aside (
      batch integer PRIMARY KEY,
      reason text NOT NULL,
      set_aside_at integer NOT NULL
    );
    """
}

/// A folder that several processes use together, and one of them at times alone. The kernel lets go if one dies.
final class FolderLock: Sendable {
  private let descriptor: Int32

  /// Waits while another process has the folder to itself. The C function is `flock`.
  init(_ folder: String) throws(SpoolError) {
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open the folder", folder) }
    share()
  }

  deinit { close(descriptor) }

  /// - Returns: nil where others use the folder too.
  func whileAlone<T>(_ body: () throws(SpoolError) -> T) throws(SpoolError) -> T? {
    // A lock that cannot be had alone at once is lost in the attempt.
    defer { share() }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
    return try body()
  }

  private func share() {
    // A signal may end the wait.
    while flock(descriptor, LOCK_SH) != 0, errno == EINTR {}
  }
}

extension SpoolError {
  /// The last call's error (errno): `make the folder`, and which.
  static func system(_ what: String, _ path: String) -> SpoolError {
    .disk(file: path, message: "cannot \(what): \(String(cString: strerror(errno)))")
  }
}

/// Sees a file, or the names in a folder, onto the disk. The C function is `fsync`.
func synchronise(_ path: String) throws(SpoolError) {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { throw .system("open", path) }
  defer { close(file) }
  guard fsync(file) == 0 else { throw .system("see to the disk", path) }
}
