import Dispatch
import FoundationEssentials
import GRDB
package import Market

/// Batches that could not be committed to the database, on this machine's disk until they can: FOLDER/spool.sqlite.
///
/// What ``append(_:)`` took is there after a crash of the program or of the machine, whole, until ``remove(_:)``. Other
/// processes may open the same folder. Its methods are not cancelled half way: they run on a queue of its own.
package actor Spool {
  /// 1 GiB.
  package static let defaultLimit: Int64 = 1 << 30

  package let limit: Int64
  private(set) var file: SpoolFile
  /// nil before it is first used, and where the file could neither be opened nor mended: then it is tried again.
  private var database: DatabaseQueue?
  private let disk: DiskQueue
  private let now: @Sendable () -> Instant
  private let report: @Sendable (SpoolReport) -> Void

  package nonisolated var unownedExecutor: UnownedSerialExecutor { disk.asUnownedSerialExecutor() }

  /// Opens the spool of a folder, mending it where it is damaged.
  ///
  /// - Parameters:
  ///   - folder: made, private to its owner, where it is missing; the folder above it must be there.
  ///   - limit: bytes that the file and its log may take together.
  ///   - isPatient: a disk that is full or fails is no error yet: each use tries again, and throws meanwhile. A folder
  ///     that may not be written is one.
  ///   - readOnly: changes nothing: what is damaged is neither mended nor set aside, and a missing spool is an error.
  ///   - now: the clock, for the times at which something was set aside.
  ///   - report: told of what went wrong with what is in it, on the spool's queue.
  /// - Throws: `SpoolError.newer` for a file of a later program, which is left as it is; `absent` for none to read.
  package static func open(
    folder: String, limit: Int64 = defaultLimit, isPatient: Bool = false, readOnly: Bool = false,
    now: @escaping @Sendable () -> Instant = systemTime, report: @escaping @Sendable (SpoolReport) -> Void = { _ in }
  ) async throws(SpoolError) -> Spool {
    let file = SpoolFile(folder: folder, isReadOnly: readOnly)
    let spool = Spool(file: file, limit: limit, disk: DiskQueue(), now: now, report: report)
    do { try await spool.reading { _ in } } catch {
      guard isPatient, case .disk = error, file.mayBeWritten else { throw error }
    }
    return spool
  }

  /// Whether its file could be opened; where not, each use tries again.
  package var isOpen: Bool { database != nil }

  /// Whether something may be in it, as far as can be told without opening it.
  package var mayHold: Bool { file.bytes > 0 }

  private init(
    file: SpoolFile, limit: Int64, disk: DiskQueue, now: @escaping @Sendable () -> Instant,
    report: @escaping @Sendable (SpoolReport) -> Void
  ) {
    self.file = file
    self.limit = limit
    self.disk = disk
    self.now = now
    self.report = report
  }

  // MARK: - Batches

  /// Takes a batch: one transaction, on the disk when this returns.
  ///
  /// - Returns: its id; later ones are greater, and none is given twice.
  /// - Throws: `SpoolError.full` at the limit; `disk` where the disk is full or fails. Then nothing was taken.
  @discardableResult
  package func append(_ batch: Batch) throws(SpoolError) -> Int64 {
    let payload = Payload.bytes(of: batch)
    try makeRoom(for: payload.count)
    return try writing { db in
      try db.execute(
        sql: """
          INSERT INTO batch (feed, window_from, window_to, observed_at, observations, bytes, checksum, payload)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          batch.feed, batch.window?.from.microseconds, batch.window?.to.microseconds, batch.observedAt.microseconds,
          batch.observations.count, payload.count, Int64(checksum(payload)), Data(payload),
        ])
      return db.lastInsertedRowID
    }
  }

  package struct Entry: Sendable {
    package let id: Int64
    package let batch: Batch
  }

  /// The batch of a feed that has waited longest, or the next after one in hand.
  ///
  /// A record that cannot be read is set aside on the way, and reported: it keeps nobody waiting.
  package func oldest(of feed: String, after id: Int64? = nil) throws(SpoolError) -> Entry? {
    while let record = try reading({ try SpoolRecord.first(of: feed, after: id ?? 0, in: $0) }) {
      switch record.contents {
      case .success(let batch): return Entry(id: record.id, batch: batch)
      case .failure(let why): try setAside(record.id, reason: "the record cannot be read: \(why)")
      }
    }
    return nil
  }

  /// Takes a batch out, once it is committed to the database. One that is not there is no error.
  package func remove(_ id: Int64) throws(SpoolError) {
    try writing { db in
      try db.execute(sql: "DELETE FROM batch WHERE id = ?", arguments: [id])
      try db.execute(sql: "DELETE FROM aside WHERE batch = ?", arguments: [id])
    }
    try shrink()
  }

  /// Keeps a batch and lets it wait no longer, until ``retry(setAside:)``.
  ///
  /// - Parameter reason: reads on after a colon; for people.
  package func setAside(_ id: Int64, reason: String) throws(SpoolError) {
    let time = now()
    let record = try writing { db in
      try db.execute(
        sql: "INSERT OR IGNORE INTO aside (batch, reason, set_aside_at) SELECT id, ?, ? FROM batch WHERE id = ?",
        arguments: [reason, time.microseconds, id])
      return db.changesCount == 0
        ? nil : try Row.fetchOne(db, sql: "SELECT feed, observed_at FROM batch WHERE id = ?", arguments: [id])
    }
    guard let record else { return }
    let observedAt: Int64? = record.read(1)
    report(
      .setAside(
        id: id, feed: record.read(0) ?? "an unknown feed", observedAt: observedAt.map { Instant(microseconds: $0) },
        reason: reason))
  }

  /// The feeds of which something waits, in alphabetical order.
  package func feeds() throws(SpoolError) -> [String] {
    try reading { db in
      // From feed to feed through the index, however much each has waiting.
      var feeds: [String] = []
      var next = try String.fetchOne(db, sql: "SELECT min(feed) FROM batch")
      while let feed = next {
        let waits = "SELECT EXISTS (SELECT 1 FROM batch WHERE feed = ? AND id NOT IN (SELECT batch FROM aside))"
        if try Bool.fetchOne(db, sql: waits, arguments: [feed]) == true { feeds.append(feed) }
        next = try String.fetchOne(db, sql: "SELECT min(feed) FROM batch WHERE feed > ?", arguments: [feed])
      }
      return feeds
    }
  }

  // MARK: - Room

  /// - Throws: `SpoolError.full` where a batch of so many bytes might take the file and its log past the limit.
  private func makeRoom(for payload: Int) throws(SpoolError) {
    // In the log and in the file, each with what the pages of both add.
    let wanted = Int64(2 * (payload + payload / 32)) + 64 << 10
    if try occupied() + wanted <= limit { return }
    try giveBack(pages: nil)
    let bytes = try occupied()
    if bytes + wanted > limit { throw .full(file: file.path, bytes: bytes, limit: limit) }
  }

  /// Whether a reply of an ordinary size would be taken.
  package func hasRoom() throws(SpoolError) -> Bool { try occupied() + Self.ordinaryReply < limit }

  /// 1 MiB: the largest reply of most feeds.
  private static let ordinaryReply: Int64 = 1 << 20

  /// The bytes on the disk once all of the log is in the file.
  private func occupied() throws(SpoolError) -> Int64 {
    let pages = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    return try reading { try Int64.fetchOne($0, sql: pages) ?? 0 } + file.logBytes
  }

  /// Gives free pages back to the disk: all when nothing is left, else some once more than half of the file is free, so
  /// that draining a large spool costs each page one move.
  func shrink() throws(SpoolError) {
    let (isEmpty, pages, free) = try reading { db in
      (
        try Bool.fetchOne(db, sql: "SELECT NOT EXISTS (SELECT 1 FROM batch)") ?? false,
        try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0, try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
      )
    }
    if isEmpty { return try giveBack(pages: nil) }
    if free > 1_024, free * 2 > pages { try giveBack(pages: 1_024) }
  }

  /// - Parameter pages: at most so many; nil for all, and the log is emptied too.
  private func giveBack(pages: Int?) throws(SpoolError) {
    try mending { database in
      try database.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA incremental_vacuum(\(pages ?? 0))")
        if pages == nil { _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
      }
    }
  }

  // MARK: - Access

  func reading<T>(_ body: (Database) throws -> T) throws(SpoolError) -> T {
    try mending { try $0.read(body) }
  }

  func writing<T>(_ body: (Database) throws -> T) throws(SpoolError) -> T {
    try mending { try $0.write(body) }
  }

  /// Does it, and where the file turns out to be damaged mends it and does it again.
  private func mending<T>(_ body: (DatabaseQueue) throws -> T) throws(SpoolError) -> T {
    do { return try body(connected()) } catch {
      let error = SpoolError(error, file: file.path)
      guard case .damaged = error, !file.isReadOnly else { throw error }
      try? database?.close()
      database = nil
      report(try file.mend(after: error, at: now()))
    }
    do { return try body(connected()) } catch { throw SpoolError(error, file: file.path) }
  }

  private func connected() throws(SpoolError) -> DatabaseQueue {
    if let database { return database }
    let database = try file.connect()
    self.database = database
    return database
  }
}
