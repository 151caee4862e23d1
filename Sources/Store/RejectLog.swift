package import Market
package import Postgres

/// What was refused, as `flux_ops.rejects` keeps it: the same one once, bounded for each feed.
package enum RejectLog {
  package enum State: String, Sendable, CaseIterable { case open, retried, discarded }

  package struct Entry: Sendable {
    package let id: Int64
    package let reject: Reject
    /// What was asked for when it came; nil where the request named no window.
    package let window: Window?
    package let firstSeen: Instant
    package let lastSeen: Instant
    package let times: Int64
    package let state: State
  }

  /// Keeps rejects of one feed; those of a batch that is loaded are kept with it.
  ///
  /// - Parameters:
  ///   - observedAt: when the reply had arrived, or failed.
  ///   - window: what was asked for.
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func record(
    _ rejects: [Reject], feed: String, observedAt: Instant, window: Window?, through connection: Connection
  ) async throws {
    guard !rejects.isEmpty else { return }
    do throws(PostgresError) {
      try await connection.query(statement, parameters(rejects, feed: feed, observedAt: observedAt, window: window))
    } catch { throw NotDeployed.explaining(error) }
  }

  /// The same inside a transaction.
  static func record(
    _ rejects: [Reject], feed: String, observedAt: Instant, window: Window?, through connection: isolated Connection
  ) throws(PostgresError) {
    try connection.query(statement, parameters(rejects, feed: feed, observedAt: observedAt, window: window))
  }

  private static let statement = "SELECT flux_ops.record_rejects($1, $2, $3)"

  private static func parameters(
    _ rejects: [Reject], feed: String, observedAt: Instant, window: Window?
  ) -> [Parameter] {
    [.value(feed), .value(Timestamp(observedAt)), .value(JSONB(JSONText.array(of: rejects, window: window)))]
  }

  /// Which rejects are asked for; each nil means any.
  package struct Query: Sendable {
    package var feed: String?
    /// Seen at or after this instant.
    package var since: Instant?
    package var state: State?
    package var ids: [Int64]?
    package var limit = 100

    package init() {}
  }

  /// The newest first.
  ///
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func read(_ query: Query, through connection: Connection) async throws -> [Entry] {
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT id, feed, place, record_time, field, value, reason, url, sample, from_time, to_time, first_seen,
          last_seen, times, state
        FROM flux_ops.rejects
        WHERE ($1::text IS NULL OR feed = $1) AND ($2::timestamptz IS NULL OR last_seen >= $2)
          AND ($3::text IS NULL OR state = $3) AND ($4::bigint[] IS NULL OR id = ANY ($4))
        ORDER BY last_seen DESC, id DESC LIMIT $5
        """,
        [
          .value(query.feed), .value(query.since.map { Timestamp($0) }), .value(query.state?.rawValue),
          query.ids.map { Parameter.array($0) } ?? .null, .value(Int64(query.limit)),
        ])
      return try reply.map { (rows, row) throws(PostgresError) in try Entry(rows, row) }
    } catch { throw NotDeployed.explaining(error) }
  }

  /// Says what became of rejects.
  ///
  /// - Parameter seenBefore: leaves out those that were seen again at this instant or later.
  package static func mark(
    _ ids: [Int64], as state: State, seenBefore: Instant? = nil, through connection: Connection
  ) async throws {
    do throws(PostgresError) {
      try await connection.query(
        "UPDATE flux_ops.rejects SET state = $2 WHERE id = ANY ($1) AND ($3::timestamptz IS NULL OR last_seen < $3)",
        [.array(ids), .value(state.rawValue), .value(seenBefore.map { Timestamp($0) })])
    } catch { throw NotDeployed.explaining(error) }
  }
}

extension RejectLog.Entry {
  fileprivate init(_ rows: borrowing ResultSet, _ row: Int) throws(PostgresError) {
    let from = try rows.optionalInstant(row, 9)
    let to = try rows.optionalInstant(row, 10)
    id = try rows.read(row, 0)
    reject = Reject(
      feed: try rows.read(row, 1), place: try rows.read(row, 2), time: try rows.readOptional(row, 3),
      field: try rows.read(row, 4), value: try rows.read(row, 5), reason: try rows.read(row, 6),
      url: try rows.readOptional(row, 7), sample: try rows.readOptional(row, 8))
    window = if let from, let to, from <= to { Window(from: from, to: to) } else { nil }
    firstSeen = try rows.instant(row, 11)
    lastSeen = try rows.instant(row, 12)
    times = try rows.read(row, 13)
    state = RejectLog.State(rawValue: try rows.read(row, 14)) ?? .open
  }
}
