package import Market
package import Postgres

/// What the trading desk sees of each signal: the view `flux.desk`, where each term is defined.
package struct DeskReader: Sendable {
  package enum State: String, Hashable, Sendable, CaseIterable {
    /// The next value is not overdue.
    case fresh
    /// It is overdue, and may still come.
    case late
    /// It is missing: what is shown is not what holds now.
    case stale
    /// There is no value at all.
    case none
  }

  package struct Row: Hashable, Sendable {
    package let signal: Signal
    /// nil where there is no value at or before now.
    package let newest: Newest?
    /// What a schedule holds next.
    package let next: Point?
    /// nil where nothing says when values come.
    package let state: State?
    /// Whether the signal estimates what another will say.
    package let isEstimate: Bool
    /// When the next value should be here, or when its feed is asked next.
    package let dueAt: Instant?
    /// Why it is not fresh, in words; nil where it is.
    package let reason: String?
    /// The feed that supplies it, and when that last answered as it should.
    package let feed: String?
    package let askedAt: Instant?
  }

  /// The newest value at or before now.
  package struct Newest: Hashable, Sendable {
    package let point: Point
    /// A JSON object; nil where the feed declares none.
    package let metadata: String?
    /// nil only in rows that others wrote without it.
    package let observedAt: Instant?
    /// From its time to now, by the database's clock.
    package let age: Duration
    /// The newest time before it that has a value.
    package let previous: Point?
    /// What was known of the same time before.
    package let replaced: Replaced?
    /// The time between two values; nil for a schedule, whose values hold until the next.
    package let cadence: Duration?

    /// By how much it differs from the value before: nil where that is not of the half hour before.
    package var change: Float? {
      guard let previous, cadence.map({ point.time.since(previous.time) == $0 }) ?? true else { return nil }
      return point.value - previous.value
    }
  }

  package struct Point: Hashable, Sendable {
    package let time: Instant
    package let value: Float

    package init(time: Instant, value: Float) {
      self.time = time
      self.value = value
    }
  }

  package struct Replaced: Hashable, Sendable {
    package let value: Float
    package let observedAt: Instant?
  }

  private let connection: Connection

  package init(connection: Connection) { self.connection = connection }

  /// A row a signal, in the order of their ids, those without a value too.
  ///
  /// - Parameter signals: their ids; nil for all.
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package func read(signals: [Int32]? = nil) async throws -> [Row] {
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT type, name, coalesce(unit, ''), "time", value, metadata::text, observed_at, \(microseconds("age")),
          previous_time, previous_value, replaced_value, replaced_observed_at, \(microseconds("cadence")),
          next_time, next_value, state, is_estimate, due_at, reason, feed, asked_at
        FROM flux.desk WHERE ($1::integer[] IS NULL OR type = ANY($1)) ORDER BY type
        """, [signals.map { .array($0) } ?? .null])
      return try reply.map { (rows, row) throws(PostgresError) in
        let state: String? = try rows.readOptional(row, 15)
        return Row(
          signal: Signal(id: try rows.read(row, 0), name: try rows.read(row, 1), unit: Unit(try rows.read(row, 2))),
          newest: try Self.newest(rows, row), next: try Self.point(rows, row, 13),
          state: state.flatMap(State.init), isEstimate: try rows.read(row, 16),
          dueAt: try rows.optionalInstant(row, 17), reason: try rows.readOptional(row, 18),
          feed: try rows.readOptional(row, 19), askedAt: try rows.optionalInstant(row, 20))
      }
    } catch { throw NotDeployed.explaining(error) }
  }

  /// The current values of the last day up to now, oldest first, by the signals' ids.
  ///
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package func lastDay(signals: [Int32]? = nil) async throws -> [Int32: [Point]] {
    var days: [Int32: [Point]] = [:]
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT type, "time", value FROM flux.market_data_current
        WHERE "time" > now() - interval '1 day' AND "time" <= now() AND ($1::integer[] IS NULL OR type = ANY($1))
        ORDER BY "time"
        """, [signals.map { .array($0) } ?? .null])
      for row in 0..<reply.rowCount {
        let point = Point(time: try reply.instant(row, 1), value: try reply.read(row, 2))
        days[try reply.read(row, 0), default: []].append(point)
      }
      return days
    } catch { throw NotDeployed.explaining(error) }
  }

  private static func newest(_ rows: borrowing ResultSet, _ row: Int) throws(PostgresError) -> Newest? {
    guard let point = try point(rows, row, 3) else { return nil }
    let (replaced, since): (Float?, Instant?) = (try rows.readOptional(row, 10), try rows.optionalInstant(row, 11))
    return Newest(
      point: point, metadata: try rows.readOptional(row, 5), observedAt: try rows.optionalInstant(row, 6),
      age: .microseconds(try rows.read(row, 7, as: Int64.self)), previous: try Self.point(rows, row, 8),
      replaced: replaced.map { Replaced(value: $0, observedAt: since) },
      cadence: try rows.optionalDuration(row, 12))
  }

  private static func point(
    _ rows: borrowing ResultSet, _ row: Int, _ column: Int
  ) throws(PostgresError) -> Point? {
    guard let time = try rows.optionalInstant(row, column), let value: Float = try rows.readOptional(row, column + 1)
    else { return nil }
    return Point(time: time, value: value)
  }
}
