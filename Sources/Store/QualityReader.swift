package import Market
package import Postgres

/// What can be said of the quality of stored values: a set-based query a question.
///
/// Each function throws `NotDeployed` where the database lacks the schema, or `PostgresError`.
package struct QualityReader: Sendable {
  private let connection: Connection
  private let window: Window

  /// - Parameter window: only what lies in it is looked at, and only its half hours are expected.
  package init(connection: Connection, window: Window) {
    self.connection = connection
    self.window = window
  }

  package enum Stretch: String, Sendable {
    case months = "1 month"
    /// Those settlement days that have not 24 hours: 46 and 50 half hours.
    case clockChanges = "1 day"
  }

  package struct Completeness: Hashable, Sendable {
    package let signal: Int32
    /// The first day of the month, or the day.
    package let date: String
    /// Half hours that have a value.
    package let present: Int
    /// Half hours that there are, by London's clock.
    package let expected: Int
  }

  /// - Parameter signals: those that have a value for each half hour.
  package func completeness(of signals: [Int32], by stretch: Stretch) async throws -> [Completeness] {
    let chosen = stretch == .months ? "true" : "next - start <> interval '24 hours'"
    return try await query(
      """
      WITH days AS (
        SELECT local, local AT TIME ZONE 'Europe/London' AS start,
          (local + interval '\(stretch.rawValue)') AT TIME ZONE 'Europe/London' AS next
        FROM generate_series(
          date_trunc('\(stretch == .months ? "month" : "day")', $2 AT TIME ZONE 'Europe/London'),
          ($3 AT TIME ZONE 'Europe/London') - interval '1 microsecond', interval '\(stretch.rawValue)') local
      ), stretch AS (
        SELECT to_char(local, 'YYYY-MM-DD') AS date, greatest(start, $2) AS start, least(next, $3) AS next
        FROM days WHERE \(chosen)
      )
      SELECT s.type, date, present,
        (ceil(extract(epoch FROM next) / 1800) - ceil(extract(epoch FROM start) / 1800))::bigint
      FROM unnest($1) WITH ORDINALITY AS s(type, place) CROSS JOIN stretch CROSS JOIN LATERAL (
        SELECT count(DISTINCT date_bin('30 minutes', m."time", '2000-01-01Z')) AS present
        FROM flux.market_data m WHERE m.type = s.type AND m."time" >= start AND m."time" < next
      ) counted ORDER BY place, date
      """, signals
    ) { (rows, row) throws(PostgresError) in
      Completeness(
        signal: try rows.read(row, 0), date: try rows.read(row, 1), present: Int(try rows.read(row, 2, as: Int64.self)),
        expected: Int(try rows.read(row, 3, as: Int64.self)))
    }
  }

  package struct Implausible: Hashable, Sendable {
    package let signal: Int32
    package let reason: String
    package let count: Int
    package let least: Float
    package let greatest: Float
    package let earliest: Instant
    package let latest: Instant
  }

  /// Values that were flagged when they were loaded, since they lay outside their feed's plausible range.
  package func implausible(of signals: [Int32]) async throws -> [Implausible] {
    try await query(
      """
      SELECT type, reason, count(*), min(value), max(value), min("time"), max("time") FROM flux.flags
      WHERE type = ANY ($1) AND "time" >= $2 AND "time" < $3 GROUP BY type, reason
      ORDER BY array_position($1, type), reason
      """, signals
    ) { (rows, row) throws(PostgresError) in
      Implausible(
        signal: try rows.read(row, 0), reason: try rows.read(row, 1), count: Int(try rows.read(row, 2, as: Int64.self)),
        least: try rows.read(row, 3), greatest: try rows.read(row, 4), earliest: try rows.instant(row, 5),
        latest: try rows.instant(row, 6))
    }
  }

  package struct Repetition: Hashable, Sendable {
    package let signal: Int32
    package let value: Float
    package let count: Int
    package let earliest: Instant
    package let latest: Instant
  }

  /// The same value for at least so many half hours on end, none missing; the longest first.
  package func repetitions(of signals: [Int32], atLeast count: Int) async throws -> [Repetition] {
    try await query(
      """
      WITH step AS (
        SELECT type, "time", value,
          lag(value) OVER w IS DISTINCT FROM value OR "time" - lag("time") OVER w > interval '30 minutes' AS is_new
        FROM flux.market_data_current WHERE type = ANY ($1) AND "time" >= $2 AND "time" < $3
        WINDOW w AS (PARTITION BY type ORDER BY "time")
      ), run AS (
        SELECT type, "time", value, count(*) FILTER (WHERE is_new) OVER (PARTITION BY type ORDER BY "time") AS number
        FROM step
      )
      SELECT type, min(value), count(*), min("time"), max("time") FROM run GROUP BY type, number
      HAVING count(*) >= $4 ORDER BY array_position($1, type), count(*) DESC, min("time")
      """, signals, .value(Int64(count))
    ) { (rows, row) throws(PostgresError) in
      Repetition(
        signal: try rows.read(row, 0), value: try rows.read(row, 1), count: Int(try rows.read(row, 2, as: Int64.self)),
        earliest: try rows.instant(row, 3), latest: try rows.instant(row, 4))
    }
  }

  package struct Difference: Hashable, Sendable {
    package let signal: Int32
    package let other: Int32
    /// Times that have a value of each.
    package let both: Int
    /// Of these those whose values lie 0.005 apart or more.
    package let differ: Int
    /// Of those that differ.
    package let meanDifference: Float?
    package let greatestDifference: Float?
  }

  /// How far the current values of two sources of one quantity lie apart.
  package func difference(between signal: Int32, and other: Int32) async throws -> Difference? {
    try await query(
      """
      SELECT $1[1], $1[2], count(*), count(*) FILTER (WHERE apart >= 0.005),
        (avg(apart) FILTER (WHERE apart >= 0.005))::real, (max(apart) FILTER (WHERE apart >= 0.005))::real
      FROM (
        SELECT abs(a.value::float8 - b.value::float8) AS apart
        FROM flux.market_data_current a JOIN flux.market_data_current b ON b."time" = a."time"
        WHERE a.type = $1[1] AND a."time" >= $2 AND a."time" < $3
          AND b.type = $1[2] AND b."time" >= $2 AND b."time" < $3
      ) compared
      """, [signal, other]
    ) { (rows, row) throws(PostgresError) in
      Difference(
        signal: try rows.read(row, 0), other: try rows.read(row, 1), both: Int(try rows.read(row, 2, as: Int64.self)),
        differ: Int(try rows.read(row, 3, as: Int64.self)), meanDifference: try rows.readOptional(row, 4),
        greatestDifference: try rows.readOptional(row, 5))
    }.first { $0.both > 0 }
  }

  private func query<Row>(
    _ sql: String, _ signals: [Int32], _ more: Parameter...,
    row: (borrowing ResultSet, Int) throws(PostgresError) -> Row
  ) async throws -> [Row] {
    do throws(PostgresError) {
      let parameters = [.array(signals), .value(Timestamp(window.from)), .value(Timestamp(window.to))] + more
      return try await connection.query(sql, parameters).map(row)
    } catch { throw NotDeployed.explaining(error) }
  }
}
