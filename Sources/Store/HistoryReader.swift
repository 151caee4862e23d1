package import Market
package import Postgres

/// What is known of some signals over a window of time.
///
/// Everything streams, oldest first: however long the window, one piece at a time stands in memory, and all pieces are
/// of one snapshot. `body` runs on the connection's thread. Each function throws what `body` throws, `NotDeployed`
/// where the database lacks the schema, or `PostgresError`.
package struct HistoryReader: Sendable {
  package struct Value: Hashable, Sendable {
    package let signal: Int32
    package let time: Instant
    package let value: Float
    /// A JSON object; nil where the feed declares none.
    package let metadata: String?
    /// nil only in rows that others wrote without it.
    package let observedAt: Instant?
    /// Of the view `revisions` alone.
    package let place: Place?
  }

  /// Where a revision stands among those of its time.
  package struct Place: Hashable, Sendable {
    /// 1 for the first.
    package let number: Int
    /// Of the revision before; nil for the first.
    package let previousValue: Float?
    package let previousObservedAt: Instant?
  }

  private let connection: Connection
  let signals: [Int32]
  private let window: Window

  /// - Parameter signals: in the order in which values of one time come.
  package init(connection: Connection, signals: [Int32], window: Window) {
    self.connection = connection
    self.signals = signals
    self.window = window
  }

  /// - Parameters:
  ///   - skipped: how many revisions of the window's first instant are left out: a page may end between two.
  ///   - limit: nil for all.
  package func values(
    _ view: View, skipping skipped: Int = 0, limit: Int? = nil, _ body: @Sendable ([Value]) throws -> Void
  ) async throws {
    let condition = skipped == 0 ? "" : "WHERE \"time\" > $2 OR revision > \(skipped)"
    try await stream(
      """
      SELECT \(Self.columns(view)) FROM (SELECT * FROM \(view.source)) v \(condition)
      ORDER BY "time", array_position($1, type), created_at NULLS FIRST\(limit.map { " LIMIT \($0)" } ?? "")
      """, view
    ) { rows in try body(try rows.map(Self.value)) }
  }

  /// The columns that ``value(_:_:)`` reads.
  static func columns(_ view: View) -> String {
    let ofRevisions = "revision, previous_value, previous_created_at"
    let place = view.isOfRevisions ? ofRevisions : "NULL::bigint, NULL::real, NULL::timestamptz"
    return "type, \"time\", value, metadata::text, created_at, \(place)"
  }

  static func value(_ rows: borrowing ResultSet, _ row: Int) throws -> Value {
    Value(
      signal: try rows.read(row, 0), time: try rows.instant(row, 1), value: try rows.read(row, 2),
      metadata: try rows.readOptional(row, 3), observedAt: try rows.optionalInstant(row, 4),
      place: try rows.readOptional(row, 5, as: Int64.self).map { number in
        Place(
          number: Int(number), previousValue: try rows.readOptional(row, 6),
          previousObservedAt: try rows.optionalInstant(row, 7))
      })
  }

  /// Runs a query about the view; its parameters are those that `View.source` speaks of.
  func stream(_ sql: String, _ view: View, _ body: @Sendable (borrowing ResultSet) throws -> Void) async throws {
    let range: [Parameter] = [.array(signals), .value(Timestamp(window.from)), .value(Timestamp(window.to))]
    do {
      try await connection.stream(sql, range + [view.parameter].compactMap { $0 }, body)
    } catch let error as PostgresError { throw NotDeployed.explaining(error) }
  }
}
