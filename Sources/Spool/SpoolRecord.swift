import FoundationEssentials
import GRDB
package import Market

/// One record as it stands in the file, readable or not.
package struct SpoolRecord: Sendable {
  package let id: Int64
  package let feed: String
  package let observedAt: Instant
  package let observations: Int
  /// Of the encoded batch.
  package let bytes: Int
  /// nil for a record that waits.
  package let setAside: SetAside?
  package let contents: Result<Batch, Unreadable>

  package struct SetAside: Hashable, Sendable {
    package let reason: String
    package let at: Instant
  }

  private static let columns = """
    SELECT batch.id, feed, window_from, window_to, observed_at, observations, bytes, checksum, payload, reason,
      set_aside_at
    FROM batch LEFT JOIN aside ON aside.batch = batch.id
    """

  /// The oldest that waits, of the records of a feed after one.
  static func first(of feed: String, after id: Int64, in db: Database) throws -> SpoolRecord? {
    try Row.fetchOne(
      db, sql: "\(columns) WHERE feed = ? AND id > ? AND aside.batch IS NULL ORDER BY id LIMIT 1",
      arguments: [feed, id]
    ).map(SpoolRecord.init)
  }

  /// The first of all records after one.
  static func first(after id: Int64, in db: Database) throws -> SpoolRecord? {
    try Row.fetchOne(db, sql: "\(columns) WHERE id > ? ORDER BY id LIMIT 1", arguments: [id]).map(SpoolRecord.init)
  }

  private init(_ row: Row) {
    id = row[0]
    feed = row.read(1) ?? ""
    observedAt = Instant(microseconds: row.read(4) ?? 0)
    observations = row.read(5) ?? 0
    bytes = row.read(6) ?? 0
    let reason: String? = row.read(9)
    setAside = reason.map { SetAside(reason: $0, at: Instant(microseconds: row.read(10) ?? 0)) }
    let payload: Data = row.read(8) ?? Data()
    contents = Self.contents(
      Array(payload), checksum: row.read(7), feed: feed, observedAt: observedAt, observations: observations)
  }

  private static func contents(
    _ payload: [UInt8], checksum expected: Int64?, feed: String, observedAt: Instant, observations: Int
  ) -> Result<Batch, Unreadable> {
    Result { () throws(Unreadable) in
      guard Int64(checksum(payload)) == expected else {
        throw Unreadable(description: "its bytes are not those that were written: the checksum differs")
      }
      let batch = try Payload.batch(from: payload)
      guard batch.feed == feed, batch.observedAt == observedAt, batch.observations.count == observations else {
        throw Unreadable(description: "what is written beside its contents contradicts them")
      }
      return batch
    }
  }
}

/// The records of a spool, read one at a time, so that memory does not grow; what comes in meanwhile is among them.
package struct SpoolRecords: AsyncSequence, Sendable {
  fileprivate let spool: Spool

  package struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate let spool: Spool
    private var last: Int64 = 0

    fileprivate init(_ spool: Spool) { self.spool = spool }

    package mutating func next(
      isolation: isolated (any Actor)? = #isolation
    ) async throws(SpoolError) -> SpoolRecord? {
      let record = try await spool.record(after: last)
      last = record?.id ?? last
      return record
    }
  }

  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(spool) }
}

// MARK: - For people who look after it

extension Spool {
  /// All records, waiting or set aside, oldest first.
  package nonisolated var records: SpoolRecords { SpoolRecords(spool: self) }

  fileprivate func record(after id: Int64) throws(SpoolError) -> SpoolRecord? {
    try reading { try SpoolRecord.first(after: id, in: $0) }
  }

  /// What SQLite finds wrong with the file's structure, a line each; empty where nothing is. Reads all of it.
  package func faults() throws(SpoolError) -> [String] {
    try reading { try String.fetchAll($0, sql: "PRAGMA integrity_check") }.filter { $0 != "ok" }
  }

  /// Lets records that were set aside wait again, at their old places; nil for all of them.
  ///
  /// - Returns: how many there were.
  package func retry(setAside ids: [Int64]? = nil) throws(SpoolError) -> Int {
    try writing { db in
      guard let ids else {
        try db.execute(sql: "DELETE FROM aside")
        return db.changesCount
      }
      return try ids.reduce(0) { count, id in
        try db.execute(sql: "DELETE FROM aside WHERE batch = ?", arguments: [id])
        return count + db.changesCount
      }
    }
  }

  /// How much waits, or is set aside, that was observed before `time`.
  package func count(before time: Instant, setAside: Bool) throws(SpoolError) -> SpoolStatus.Amount {
    try reading { try SpoolStatus.Amount(before: time, setAside: setAside, in: $0) }
  }

  /// Removes for good what ``count(before:setAside:)`` counts, a few at a time: others may use the spool meanwhile.
  ///
  /// - Returns: what was removed.
  package func drop(before time: Instant, setAside: Bool) throws(SpoolError) -> SpoolStatus.Amount {
    let chosen = """
      SELECT id FROM batch
      WHERE observed_at < ? AND id \(setAside ? "IN" : "NOT IN") (SELECT batch FROM aside)
      ORDER BY id LIMIT 64
      """
    var dropped = SpoolStatus.Amount()
    while true {
      let part = try writing { db in
        let ids = try Int64.fetchAll(db, sql: chosen, arguments: [time.microseconds])
        let list = ids.map(String.init).joined(separator: ", ")
        let row = try Row.fetchOne(db, sql: "SELECT \(SpoolStatus.Amount.columns) FROM batch WHERE id IN (\(list))")
        try db.execute(sql: "DELETE FROM batch WHERE id IN (\(list))")
        try db.execute(sql: "DELETE FROM aside WHERE batch IN (\(list))")
        return row.map { SpoolStatus.Amount($0, from: 0) } ?? SpoolStatus.Amount()
      }
      guard part.batches > 0 else { return dropped }
      dropped += part
      try shrink()
    }
  }
}

extension Row {
  /// nil for NULL and for a value of another type, which only damage can have put there.
  func read<Value: DatabaseValueConvertible>(_ column: Int) -> Value? {
    Value.fromDatabaseValue(self[column] as DatabaseValue)
  }
}
