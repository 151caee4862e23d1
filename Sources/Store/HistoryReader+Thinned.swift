internal import Market
internal import Postgres

extension HistoryReader {
  /// The values of one signal, thinned for a chart where there are more than `most`: the time from the first to the
  /// last is cut into equal stretches, and of each the least and the greatest value stay, at their own times.
  ///
  /// - Parameters:
  ///   - most: at least 2.
  ///   - body: is given a piece of what stays, and how many there were in all.
  package func thinned(
    _ view: View, to most: Int, _ body: @Sendable ([Value], _ of: Int) throws -> Void
  ) async throws {
    // A number of a numeric would be exact and slow; a microsecond more or less moves no point, only a border.
    let stretch = """
      CASE WHEN s.n > \(most) AND s.last > s.first THEN least(width_bucket(
        extract(epoch FROM v."time")::float8, extract(epoch FROM s.first)::float8, extract(epoch FROM s.last)::float8,
        \(most / 2)), \(most / 2)) END
      """
    // Both are made once: a planner without statistics takes a year for a row, and would count it anew for each.
    try await stream(
      """
      WITH v AS MATERIALIZED (SELECT * FROM \(view.source)),
        s AS MATERIALIZED (SELECT count(*) AS n, min("time") AS first, max("time") AS last FROM v),
        r AS (
          SELECT v.*, s.n, row_number() OVER (PARTITION BY \(stretch) ORDER BY v.value, v."time") AS from_least,
            row_number() OVER (PARTITION BY \(stretch) ORDER BY v.value DESC, v."time") AS from_greatest
          FROM v, s)
      SELECT \(Self.columns(view)), n FROM r WHERE n <= \(most) OR from_least = 1 OR from_greatest = 1
      ORDER BY "time", created_at NULLS FIRST
      """, view
    ) { rows in
      try body(try rows.map(Self.value), Int(try rows.read(0, 8, as: Int64.self)))
    }
  }
}
