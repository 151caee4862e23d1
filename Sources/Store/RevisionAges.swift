package import Market
package import Postgres

/// How often and how far the values of a signal moved, by their age: from when on they can be trusted.
package struct RevisionAges: Sendable {
  /// What an age is counted from.
  package enum Origin: String, CaseIterable, Sendable {
    /// The value's own time, the start of its half hour.
    case time
    /// When the value was first observed.
    case firstRelease = "first-release"
  }

  package struct Row: Hashable, Sendable {
    /// Ages after the one of the row before, up to and with this one; nil for all that are older.
    package let age: Duration?
    /// Values that had been observed by the end of the row's ages.
    package let known: Int
    /// Values that moved at these ages, however often.
    package let moved: Int
    package let meanMove: Float?
    package let greatestMove: Float?
    /// Values that were not yet, at the end of these ages, what they are now.
    package let unsettled: Int
    package let meanDistance: Float?
    package let greatestDistance: Float?
  }

  private static let ages: [Duration] = [
    .minutes(0), .minutes(30), .hours(1), .hours(3), .hours(6), .hours(12), .days(1), .days(2), .days(7), .days(30),
    .days(365),
  ]

  /// The ages at which something was known, youngest first; empty where nothing is.
  ///
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func read(
    signal: Int32, in window: Window, from origin: Origin, through connection: Connection
  ) async throws -> [Row] {
    let seconds = ages.map { Double($0.components.seconds) }
    do throws(PostgresError) {
      let reply = try await connection.query(
        sql(origin),
        [
          .value(signal), .value(Timestamp(window.from)), .value(Timestamp(window.to)),
          .array([-Double.infinity] + seconds), .array(seconds + [.infinity]),
        ])
      return try reply.map { (rows, row) throws(PostgresError) in
        let upTo: Double = try rows.read(row, 0)
        return Row(
          age: upTo.isFinite ? .seconds(Int64(upTo)) : nil, known: Int(try rows.read(row, 1, as: Int64.self)),
          moved: Int(try rows.read(row, 2, as: Int64.self)), meanMove: try rows.readOptional(row, 3),
          greatestMove: try rows.readOptional(row, 4), unsettled: Int(try rows.read(row, 5, as: Int64.self)),
          meanDistance: try rows.readOptional(row, 6), greatestDistance: try rows.readOptional(row, 7))
      }
    } catch { throw NotDeployed.explaining(error) }
  }

  /// Each version has the ages at which it was in force; rows of which nobody knows when they were learnt are left out.
  private static func sql(_ origin: Origin) -> String {
    let start = origin == .time ? "\"time\"" : "min(created_at) OVER (PARTITION BY \"time\")"
    return """
      WITH learnt AS (
        SELECT "time", value, previous_value, created_at, extract(epoch FROM created_at - \(start))::float8 AS age
        FROM flux.market_data_revisions
        WHERE type = $1 AND "time" >= $2 AND "time" < $3 AND created_at IS NOT NULL
      ), version AS (
        SELECT "time", value::float8 AS value, age, abs(value::float8 - previous_value::float8) AS move,
          lead(age, 1, 'infinity') OVER (PARTITION BY "time" ORDER BY created_at) AS until,
          first_value(value) OVER (PARTITION BY "time" ORDER BY created_at DESC)::float8 AS present
        FROM learnt
      ), bucket AS (
        SELECT above, up_to, v."time", v.move, v.age > above AND v.age <= up_to AND v.move > 0 AS moved,
          v.until > up_to OR v.until = 'infinity' AS in_force, abs(v.value - v.present) AS distance
        FROM unnest($4::float8[], $5::float8[]) AS b(above, up_to) JOIN version v ON v.age <= up_to
      )
      SELECT up_to, count(*) FILTER (WHERE in_force), count(DISTINCT "time") FILTER (WHERE moved),
        (avg(move) FILTER (WHERE moved))::real, (max(move) FILTER (WHERE moved))::real,
        count(*) FILTER (WHERE in_force AND distance > 0),
        (avg(distance) FILTER (WHERE in_force AND distance > 0))::real,
        (max(distance) FILTER (WHERE in_force AND distance > 0))::real
      FROM bucket GROUP BY up_to ORDER BY up_to
      """
  }
}
