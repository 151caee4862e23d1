import GRDB
import Market

/// What was copied of a damaged file: all records that can be read.
struct Salvage {
  private(set) var kept = 0
  /// Records that are there, as far as can be seen, and cannot be read.
  private(set) var lost = 0

  /// - Parameter mended: an empty file.
  static func copy(from damaged: String, to mended: String, at now: Instant) throws(SpoolError) -> Salvage {
    var salvage = Salvage()
    do {
      let copy = try SpoolFile.connect(mended)
      try copy.writeWithoutTransaction { target in
        // The whole is seen onto the disk at the end.
        try target.execute(sql: "PRAGMA synchronous = OFF")
        let source = try Self.open(damaged) ?? Self.open(damaged, withFirstPageOf: mended, made: target)
        let last = try source?.inDatabase { try salvage.copy(from: $0, to: target) }
        // An id is never given twice, since somebody may still have one that was lost in hand.
        let used = last.map { $0 + 1_000_000 } ?? now.microseconds / 1_000_000
        try target.execute(sql: "DELETE FROM sqlite_sequence")
        try target.execute(sql: "INSERT INTO sqlite_sequence (name, seq) VALUES ('batch', ?)", arguments: [used])
      }
      try copy.close()
    } catch { throw SpoolError(error, file: mended) }
    return salvage
  }

  /// nil for what SQLite does not take for a database, or finds no batches in, both of which the first page decides.
  private static func open(_ path: String) throws -> DatabaseQueue? {
    var configuration = Configuration()
    configuration.readonly = true
    // With this SQLite reads a file that is shorter than its header says.
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA writable_schema = ON") }
    return try unlessDamaged {
      let database = try DatabaseQueue(path: path, configuration: configuration)
      try database.inDatabase { _ = try $0.makeStatement(sql: "SELECT payload FROM batch") }
      return database
    }
  }

  /// A copy of the damaged file with the first page of a new one, whose tables begin in the same pages.
  private static func open(
    _ damaged: String, withFirstPageOf mended: String, made target: Database
  ) throws -> DatabaseQueue? {
    _ = try Row.fetchOne(target, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
    guard let copy = FirstPage.replace(in: damaged, from: mended) else { return nil }
    return try open(copy)
  }

  /// - Returns: the last id that was given, as far as can be seen.
  private mutating func copy(from source: Database, to target: Database) throws -> Int64? {
    let last = try [
      "SELECT max(id) FROM batch", "SELECT max(id) FROM batch INDEXED BY batch_of_feed",
      "SELECT seq FROM sqlite_sequence WHERE name = 'batch'",
    ].compactMap { sql in
      // An id of 15 digits is none of ours.
      try Self.unlessDamaged { try Int64.fetchOne(source, sql: sql) }?.flatMap { $0 < 1 << 50 ? $0 : nil }
    }.max()
    if let last { try copy(1..<last + 1, from: source, to: target) }
    let aside = "batch, reason, set_aside_at"
    let rows = try Self.unlessDamaged { try Row.fetchAll(source, sql: "SELECT \(aside) FROM aside") } ?? []
    for row in rows { _ = try Self.insert(row, into: "aside", aside, in: target) }
    return last
  }

  private static let columns =
    "id, feed, window_from, window_to, observed_at, observations, bytes, checksum, payload"

  /// Where a record cannot be read, those on either side of it are found by halving what is left.
  private mutating func copy(_ ids: Range<Int64>, from source: Database, to target: Database) throws {
    var next = ids.lowerBound
    while next < ids.upperBound {
      let found = try Self.unlessDamaged {
        try Row.fetchOne(
          source, sql: "SELECT \(Self.columns) FROM batch NOT INDEXED WHERE id >= ? AND id < ? ORDER BY id LIMIT 1",
          arguments: [next, ids.upperBound])
      }
      guard let found else { break }
      guard let row = found else { return }
      if try Self.insert(row, into: "batch", Self.columns, in: target) { kept += 1 } else { lost += 1 }
      next = row[0] + 1
    }
    let left = ids.upperBound - next
    if left == 1 { lost += 1 }
    guard left > 1 else { return }
    try copy(next..<next + left / 2, from: source, to: target)
    try copy(next + left / 2..<ids.upperBound, from: source, to: target)
  }

  /// - Returns: false for a row whose values are not of their columns' types.
  private static func insert(
    _ row: Row, into table: String, _ columns: String, in target: Database
  ) throws -> Bool {
    do {
      let places = Array(repeating: "?", count: row.count).joined(separator: ", ")
      try target.execute(
        sql: "INSERT INTO \(table) (\(columns)) VALUES (\(places))", arguments: StatementArguments(row.databaseValues))
      return true
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT { return false }
  }

  /// nil where SQLite finds damage, or does not find a table or column.
  private static func unlessDamaged<T>(_ body: () throws -> T) throws -> T? {
    do { return try body() } catch {
      if case .damaged = SpoolError(error, file: "") { return nil }
      guard let error = error as? DatabaseError, error.resultCode == .SQLITE_ERROR else { throw error }
      return nil
    }
  }
}
