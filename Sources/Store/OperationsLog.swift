internal import Market
internal import Postgres

/// What `flux_ops` keeps of a load beside the data, in the load's own transaction: coverage, rejects, flags, and which
/// windows of a backfill it ends.
enum OperationsLog {
  /// Adds the windows of which a later reply had been loaded before to `counts`.
  static func record(
    _ batches: [Batch], ending windows: EndedWindows?, _ counts: inout LoadCounts,
    through connection: isolated Connection
  ) throws(PostgresError) {
    for batch in batches {
      if !batch.rejects.isEmpty {
        try RejectLog.record(
          batch.rejects, feed: batch.feed, observedAt: batch.observedAt, window: batch.window, through: connection)
      }
      if !batch.flags.isEmpty {
        try connection.query(
          "SELECT flux_ops.record_flags($1, $2, $3)",
          [.value(batch.feed), .value(Timestamp(batch.observedAt)), .value(JSONB(JSONText.array(of: batch.flags)))])
      }
    }
    counts.overtaken = try recordCoverage(batches, through: connection)
    try windows?.record(batches, counts, through: connection)
  }

  private static func recordCoverage(
    _ batches: [Batch], through connection: isolated Connection
  ) throws(PostgresError) -> [Window] {
    let covered = batches.compactMap { batch in span(of: batch).map { (batch: batch, window: $0) } }
    guard let feed = covered.first?.batch.feed else { return [] }
    func counts(_ count: (Batch) -> Int) -> Parameter { .integers(covered.map { Int32(clamping: count($0.batch)) }) }
    let reply = try connection.query(
      """
      SELECT *
      FROM flux_ops.record_coverage($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, current_setting('flux.source', true))
      """,
      [
        .value(feed), .times(covered.map { Timestamp($0.window.from) }),
        .times(covered.map { Timestamp($0.window.to) }),
        .times(covered.map { Timestamp($0.batch.observedAt) }), counts { $0.counts.records },
        counts { $0.observations.count }, counts { $0.counts.rejected }, counts { $0.counts.filtered },
        counts { $0.counts.outside },
        .array(covered.map { $0.batch.leastAge.map { Interval(microseconds: $0.microseconds) } }),
      ])
    return try reply.map { (rows, row) throws(PostgresError) in
      Window(from: try rows.instant(row, 0), to: try rows.instant(row, 1))
    }
  }

  /// The window asked for; where the request named none, the span of what came. A schedule covers no span: what it
  /// omits is withdrawn, not missing.
  private static func span(of batch: Batch) -> Window? {
    if let window = batch.window { return window }
    guard batch.schedule == nil, let first = batch.observations.map(\.time).min(),
      let last = batch.observations.map(\.time).max()
    else { return nil }
    return Window(from: first, to: last.advanced(by: .microseconds(1)))
  }
}
