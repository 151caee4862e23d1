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

    /// The periods that it had of so many half hours of its window; coverage counts a reply's observations, not a day's.
    ///
    /// - Parameters:
    ///   - signals: that the feed has, each with a value a period; of none as of one.
    ///   - accepted: values of these half hours that nobody expects any more, counted as if they were there.
    package func periods(of halfHours: Int, signals: Int, accepted: Int = 0) -> Int {
      (observations * halfHours / max(1, window.halfHours) + accepted) / max(1, signals)
    }
  }

  package let lastSuccessAt: Instant?
  package let consecutiveFailures: Int
  /// The newest time that a value of it is of.
  package let newestTime: Instant?
  package let replies: [Reply]

  package init(
    lastSuccessAt: Instant?, consecutiveFailures: Int = 0, newestTime: Instant? = nil, replies: [Reply]
  ) {
    self.lastSuccessAt = lastSuccessAt
    self.consecutiveFailures = consecutiveFailures
    self.newestTime = newestTime
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
        "SELECT last_success_at, consecutive_failures, newest_time FROM flux_ops.feed_state WHERE feed = $1",
        [.value(feed)])
      let isKnown = state.rowCount > 0
      return FeedHistory(
        lastSuccessAt: isKnown ? try state.optionalInstant(0, 0) : nil,
        consecutiveFailures: isKnown ? Int(try state.read(0, 1, as: Int32.self)) : 0,
        newestTime: isKnown ? try state.optionalInstant(0, 2) : nil,
        replies: try await replies(of: feed, from: earliest, to: nil, through: connection))
    } catch { throw NotDeployed.explaining(error) }
  }

  /// The newest reply of each window of `feed` that overlaps `range`, in the order observed.
  ///
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func replies(
    of feed: String, in range: Window, through connection: Connection
  ) async throws -> [Reply] {
    do throws(PostgresError) {
      return try await replies(of: feed, from: range.from, to: range.to, through: connection)
    } catch { throw NotDeployed.explaining(error) }
  }

  private static func replies(
    of feed: String, from: Instant, to: Instant?, through connection: Connection
  ) async throws(PostgresError) -> [Reply] {
    let reply = try await connection.query(
      """
      SELECT from_time, to_time, observed_at, observations, \(microseconds("least_age"))
      FROM flux_ops.coverage
      WHERE feed = $1 AND tstzrange(from_time, to_time) && tstzrange($2, $3)
      ORDER BY observed_at
      """, [.value(feed), .value(Timestamp(from)), .value(to.map { Timestamp($0) })])
    return try reply.map { (rows, row) throws(PostgresError) in
      Reply(
        window: Window(from: try rows.instant(row, 0), to: try rows.instant(row, 1)),
        observedAt: try rows.instant(row, 2), observations: Int(try rows.read(row, 3, as: Int32.self)),
        leastAge: try rows.optionalDuration(row, 4))
    }
  }
}
