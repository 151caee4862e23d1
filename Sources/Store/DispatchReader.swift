internal import Market
internal import Postgres

/// The dispatch levels that the store holds.
enum DispatchReader {
  /// Those in force as of `asOf`: the last point at or before `from` and all later ones, oldest first.
  ///
  /// Takes dispatch's own lock for the rest of the transaction: what a round withdraws is found by comparing it with
  /// what is stored, so no other round may come between.
  static func lockedPoints(
    from: Instant, asOf: Instant, through connection: isolated Connection
  ) throws(PostgresError) -> [DispatchPoint] {
    try connection.query("SELECT pg_advisory_xact_lock(7156::bigint << 48)")
    let reply = try connection.query(
      """
      WITH bound AS (
        SELECT coalesce(
          (SELECT "time" FROM flux.market_data
           WHERE type = $1 AND "time" <= $2 AND created_at <= $3 ORDER BY "time" DESC LIMIT 1), $2) AS first)
      SELECT p."time", p.value, a.key, a.value
      FROM bound, flux.market_data_as_of($3, bound.first, 'infinity', ARRAY[$1]) p
        LEFT JOIN LATERAL jsonb_each_text(p.metadata -> 'assets') a ON true
      ORDER BY p."time"
      """, [.value(Signal.axleDispatch.id), .value(Timestamp(from)), .value(Timestamp(asOf))])
    var points: [DispatchPoint] = []
    for row in 0..<reply.rowCount {
      let time = try reply.instant(row, 0)
      let level = Double(try reply.read(row, 1, as: Float.self))
      // A row for each battery of the point; one without batteries has NULLs.
      var actions = points.last?.time == time ? points.removeLast().actions : [:]
      if let battery: String = try reply.readOptional(row, 2) { actions[battery] = try reply.readOptional(row, 3) }
      points.append(DispatchPoint(time: time, level: level, actions: actions))
    }
    return points
  }
}
