package import Market
package import Postgres

/// What earlier runs of the service saw of a feed: its last success, and the newest reply of each window.
package struct FeedHistory: Hashable, Sendable {
  package struct Reply: Hashable, Sendable {
    package let window: Window
    /// When it had arrived.
    package let observedAt: Instant
    package let observations: Int
    /// The least time between a period's end and the field that `revisit.until` names.
    package let leastAge: Duration?

    package init(window: Window, observedAt: Instant, observations: Int, leastAge: Duration?) {
      self.window = window
      self.observedAt = observedAt
      self.observations = observations
      self.leastAge = leastAge
    }
  }

  package let lastSuccessAt: Instant?
  package let replies: [Reply]

  package init(lastSuccessAt: Instant?, replies: [Reply]) {
    self.lastSuccessAt = lastSuccessAt
    self.replies = replies
  }

  /// The windows of `feed` that end after `earliest`, from `flux_ops.coverage`.
  ///
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func read(_ feed: String, since earliest: Instant, through connection: Connection) async throws
    -> FeedHistory
  {
    do throws(PostgresError) {
      let state = try await connection.query(
        "SELECT last_success_at FROM flux_ops.feed_state WHERE feed = $1", [.value(feed)])
      let replies = try await connection.query(
        """
        SELECT from_time, to_time, observed_at, observations, (extract(epoch FROM least_age) * 1000000)::bigint
        FROM flux_ops.coverage
        WHERE feed = $1 AND tstzrange(from_time, to_time) && tstzrange($2, NULL)
        ORDER BY observed_at
        """, [.value(feed), .value(Timestamp(earliest))])
      return FeedHistory(
        lastSuccessAt: state.rowCount > 0 ? try state.optionalInstant(0, 0) : nil,
        replies: try replies.map { (rows, row) throws(PostgresError) in
          Reply(
            window: Window(from: try rows.instant(row, 0), to: try rows.instant(row, 1)),
            observedAt: try rows.instant(row, 2), observations: Int(try rows.read(row, 3, as: Int32.self)),
            leastAge: try rows.readOptional(row, 4, as: Int64.self).map { .microseconds($0) })
        })
    } catch { throw NotDeployed.explaining(error) }
  }
}
