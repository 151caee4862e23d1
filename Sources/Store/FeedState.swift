package import Market
package import Postgres

/// How a feed fares: a row of `flux_ops.feed_state`.
package struct FeedState: Hashable, Sendable {
  package let feed: String
  package let lastAttemptAt: Instant?
  package let lastSuccessAt: Instant?
  package let consecutiveFailures: Int
  /// One line; nil after a success.
  package let lastError: String?
  package let nextDueAt: Instant?
  /// The newest time that a value of it is of.
  package let newestTime: Instant?

  /// All feeds that were ever asked, by id.
  ///
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func read(through connection: Connection) async throws -> [FeedState] {
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT feed, last_attempt_at, last_success_at, consecutive_failures, last_error, next_due_at,
          newest_time
        FROM flux_ops.feed_state ORDER BY feed
        """)
      return try reply.map { (rows, row) throws(PostgresError) in
        FeedState(
          feed: try rows.read(row, 0), lastAttemptAt: try rows.optionalInstant(row, 1),
          lastSuccessAt: try rows.optionalInstant(row, 2),
          consecutiveFailures: Int(try rows.read(row, 3, as: Int32.self)), lastError: try rows.readOptional(row, 4),
          nextDueAt: try rows.optionalInstant(row, 5), newestTime: try rows.optionalInstant(row, 6))
      }
    } catch { throw NotDeployed.explaining(error) }
  }

  /// Notes one round of a feed.
  ///
  /// - Parameters:
  ///   - error: nil for a success; else one line, without secrets.
  ///   - nextDue: when it will be asked again; nil where nobody will by itself.
  ///   - newestTime: the newest time that a value of the round is of; nil where there was none.
  ///   - term: the lease of the feed's host; nil for a caller that asks without one.
  /// - Returns: false where the term has ended: then nothing was written.
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  @discardableResult
  package static func record(
    _ feed: String, attemptedAt: Instant, error: String?, nextDue: Instant?, newestTime: Instant? = nil,
    under term: HostLease.Term? = nil, through connection: Connection
  ) async throws -> Bool {
    do throws(PostgresError) {
      let reply = try await connection.query(
        "SELECT flux_ops.record_round($1, $2, $3, $4, $5, $6, $7, $8)",
        [
          .value(feed), .value(term?.host), .value(term?.holder), .value(term?.epoch), .value(Timestamp(attemptedAt)),
          .value(error), .value(nextDue.map { Timestamp($0) }), .value(newestTime.map { Timestamp($0) }),
        ])
      return try reply.read(0, 0)
    } catch { throw NotDeployed.explaining(error) }
  }
}
