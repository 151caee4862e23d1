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

  /// All feeds that were ever asked, by id.
  ///
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func read(through connection: Connection) async throws -> [FeedState] {
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT feed, last_attempt_at, last_success_at, consecutive_failures, last_error, next_due_at
        FROM flux_ops.feed_state ORDER BY feed
        """)
      return try reply.map { (rows, row) throws(PostgresError) in
        FeedState(
          feed: try rows.read(row, 0), lastAttemptAt: try rows.optionalInstant(row, 1),
          lastSuccessAt: try rows.optionalInstant(row, 2),
          consecutiveFailures: Int(try rows.read(row, 3, as: Int32.self)), lastError: try rows.readOptional(row, 4),
          nextDueAt: try rows.optionalInstant(row, 5))
      }
    } catch { throw NotDeployed.explaining(error) }
  }

  /// Notes one round of a feed.
  ///
  /// - Parameters:
  ///   - error: nil for a success; else one line, without secrets.
  ///   - nextDue: when it will be asked again; nil where nobody will by itself.
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func record(
    _ feed: String, attemptedAt: Instant, error: String?, nextDue: Instant?, through connection: Connection
  ) async throws {
    do throws(PostgresError) {
      // Two processes may report at once: the later attempt is the one to be seen, and a success is never unlearnt.
      try await connection.query(
        """
        INSERT INTO flux_ops.feed_state AS s
          (feed, last_attempt_at, last_success_at, consecutive_failures, last_error, next_due_at)
        VALUES ($1, $2, CASE WHEN $3::text IS NULL THEN $2 END, CASE WHEN $3 IS NULL THEN 0 ELSE 1 END, $3, $4)
        ON CONFLICT (feed) DO UPDATE SET
          last_attempt_at = excluded.last_attempt_at,
          last_success_at = coalesce(excluded.last_success_at, s.last_success_at),
          consecutive_failures = CASE WHEN excluded.last_error IS NULL THEN 0 ELSE s.consecutive_failures + 1 END,
          last_error = excluded.last_error,
          next_due_at = excluded.next_due_at
        WHERE s.last_attempt_at IS NULL OR s.last_attempt_at <= excluded.last_attempt_at
        """,
        [.value(feed), .value(Timestamp(attemptedAt)), .value(error), .value(nextDue.map { Timestamp($0) })])
    } catch { throw NotDeployed.explaining(error) }
  }
}
