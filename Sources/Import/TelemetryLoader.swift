import Decode
import Market
package import Postgres

/// Rows to a telemetry table, through a temporary one and one INSERT of what the table lacks.
///
/// Each call of `load` is a transaction. Loading rows twice adds nothing: the first row of a (device_id, time), or of
/// an id in the registry, stays.
package actor TelemetryLoader {
  private let connection: Connection
  private let table: TelemetryTable
  /// Whether a row was met that is there twice; where one is there are more.
  private var expectsTwins = false

  /// So many refused rows are no bad ones among good ones.
  private static let mostRefused = 100
  private static let mostTries = 5

  /// What came of one load.
  struct Outcome: Sendable {
    var counts = ImportCounts()
    var refused: [RefusedLine] = []
  }

  package init(connection: Connection, table: TelemetryTable) {
    self.connection = connection
    self.table = table
  }

  /// Loads rows; where the database refuses some, all but these.
  ///
  /// - Throws: `PostgresError`; of a refusal where more is refused than can be told row by row, or the statement as a
  ///   whole is.
  func load(_ tuples: Tuples, _ columns: [TableForm.Column]) async throws -> Outcome {
    var outcome = Outcome()
    try await load(tuples, columns, 0..<tuples.count, into: &outcome)
    return outcome
  }

  private func load(
    _ tuples: Tuples, _ columns: [TableForm.Column], _ rows: Range<Int>, into outcome: inout Outcome
  ) async throws {
    guard !rows.isEmpty else { return }
    do {
      let inserted = try await insert(tuples, columns, rows)
      outcome.counts.received += rows.count
      outcome.counts.inserted += inserted
      outcome.counts.unchanged += rows.count - inserted
    } catch let error as PostgresError {
      // 22 data, 23 integrity constraint, 54 a limit, as of an index.
      let ofData = ["22", "23", "54"].contains(error.sqlState?.prefix(2) ?? "")
      guard error.kind == .server, ofData, outcome.refused.count < Self.mostRefused else { throw error }
      guard rows.count > 1 else {
        outcome.counts.setAside += 1
        outcome.refused.append(
          RefusedLine(
            line: tuples.lines[rows.lowerBound], column: "", value: "",
            reason: "was refused by the database: \(error.message)"))
        return
      }
      let middle = rows.lowerBound + rows.count / 2
      try await load(tuples, columns, rows.lowerBound..<middle, into: &outcome)
      try await load(tuples, columns, middle..<rows.upperBound, into: &outcome)
    }
  }

  /// - Returns: how many rows the table lacked.
  private func insert(_ tuples: Tuples, _ columns: [TableForm.Column], _ rows: Range<Int>) async throws -> Int {
    var tries = 1
    while true {
      do {
        let (inserted, hadTwins) = try await insertOnce(tuples, columns, rows)
        expectsTwins = expectsTwins || hadTwins
        return inserted
      } catch let error as PostgresError {
        // Two imports of the same rows in another order may each wait for the other, until the server ends one.
        guard error.sqlState?.hasPrefix("40") == true, tries < Self.mostTries else { throw error }
        tries += 1
      }
    }
  }

  private func insertOnce(
    _ tuples: Tuples, _ columns: [TableForm.Column], _ rows: Range<Int>
  ) async throws -> (inserted: Int, hadTwins: Bool) {
    let (table, expectsTwins) = (table, expectsTwins)
    let range: [Parameter] = tuples.window.map { window in
      [window.from, window.to].map { .value(Timestamp(microsecondsSince1970: $0.microseconds)) }
    } ?? []
    return try await connection.transaction("ISOLATION LEVEL READ COMMITTED") { connection in
      try connection.execute(table.makeStaging(columns))
      try connection.copy(into: "\(table.staging) (\(table.list(columns)))", tuples.bytes, tuples.bytes(of: rows))
      if !expectsTwins {
        // A plain insert, which costs a fifth less than one that is ready for a conflict at every row.
        try connection.execute("SAVEPOINT staged")
        do throws(PostgresError) {
          return (try connection.query(table.insertMissing(columns), range).affectedRows, false)
        } catch {
          guard error.sqlState == "23505" else { throw error }
          try connection.execute("ROLLBACK TO staged")
        }
      }
      let inserted = try connection.query(table.insertUnlessThere(columns)).affectedRows
      // TimescaleDB 2.17 ended such an insert at the first conflict with a compressed chunk, without a word.
      let missing = try connection.query(table.countMissing, range).read(0, 0, as: Int64.self)
      guard missing == 0 else {
        throw PostgresError(
          .unexpectedReply, "the database left out \(missing) rows without a conflict; nothing of them was stored")
      }
      return (inserted, true)
    }
  }
}
