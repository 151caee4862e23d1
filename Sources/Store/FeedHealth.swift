package import Market
package import Postgres

/// How a feed fares, for whoever watches: a row of the view `flux.feed_health`.
package struct FeedHealth: Hashable, Sendable {
  package enum State: String, Hashable, Sendable {
    case healthy
    /// Its next round is overdue by as long again: no collector asks it.
    case late
    /// Its last round failed.
    case failing
    /// It has not been asked yet.
    case never
  }

  package let feed: String
  package let state: State
  package let lastAttemptAt: Instant?
  package let lastSuccessAt: Instant?
  /// Since the last success, by the database's clock.
  package let age: Duration?
  /// The newest time that an observation of it is of.
  package let newestTime: Instant?
  /// Since that time, by the database's clock; negative where it is a schedule of the future.
  package let lag: Duration?
  package let consecutiveFailures: Int
  /// One line; nil after a success.
  package let lastError: String?
  package let nextDueAt: Instant?
  /// Since midnight in London.
  package let rejectsToday: Int
  package let flagsToday: Int
  /// The collector that holds its host; nil where none does.
  package let holder: String?

  /// All feeds that were ever asked, by id.
  ///
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func read(through connection: Connection) async throws -> [FeedHealth] {
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT feed, state, last_attempt_at, last_success_at, \(microseconds("age")), newest_time,
          \(microseconds("lag")), consecutive_failures, last_error, next_due_at, rejects_today,
          flags_today, holder
        FROM flux.feed_health ORDER BY feed
        """)
      return try reply.map { (rows, row) throws(PostgresError) in
        let name: String = try rows.read(row, 1)
        guard let state = State(rawValue: name) else {
          throw PostgresError(.unexpectedReply, "flux.feed_health has the state \(name), which this version does not know")
        }
        return FeedHealth(
          feed: try rows.read(row, 0), state: state,
          lastAttemptAt: try rows.optionalInstant(row, 2), lastSuccessAt: try rows.optionalInstant(row, 3),
          age: try rows.optionalDuration(row, 4),
          newestTime: try rows.optionalInstant(row, 5),
          lag: try rows.optionalDuration(row, 6),
          consecutiveFailures: Int(try rows.read(row, 7, as: Int32.self)), lastError: try rows.readOptional(row, 8),
          nextDueAt: try rows.optionalInstant(row, 9), rejectsToday: Int(try rows.read(row, 10, as: Int64.self)),
          flagsToday: Int(try rows.read(row, 11, as: Int64.self)),
          holder: try rows.readOptional(row, 12))
      }
    } catch { throw NotDeployed.explaining(error) }
  }
}
