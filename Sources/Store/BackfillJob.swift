package import Market
package import Postgres

/// What a backfill is asked for. Two of the same feed, range, windows and order are one job while it runs.
package struct BackfillRequest: Hashable, Sendable {
  /// Which windows of the range.
  package enum Mode: String, Hashable, Sendable {
    /// Those that are not final.
    case missing
    /// Those that failed and were not fetched since.
    case failed
    case all
  }

  package let feed: String
  /// For people: how it was asked for.
  package let text: String
  package let range: Window
  package let mode: Mode
  package let isNewestFirst: Bool
  /// The plan's identity.
  package let plan: String

  package init(feed: String, text: String, range: Window, mode: Mode, isNewestFirst: Bool = true, plan: String) {
    self.feed = feed
    self.text = text
    self.range = range
    self.mode = mode
    self.isNewestFirst = isNewestFirst
    self.plan = plan
  }
}

/// A backfill and how far it is: a row of `flux_ops.backfill_job` with its windows counted.
package struct BackfillJob: Sendable {
  package enum State: String, Sendable { case running, ended, cancelled }

  package let id: Int64
  package let request: BackfillRequest
  package let state: State
  package let windows: Int
  package let done: Int
  /// Set aside.
  package let failed: Int
  /// In hand of a worker; of one that is gone, the next one's.
  package let claimed: Int
  package let inserted: Int
  /// Those of them that were other than what was known.
  package let revised: Int
  /// Those of times of which nothing was known.
  package var new: Int { inserted - revised }
  package let unchanged: Int
  package let rejected: Int
  package let createdAt: Instant
  package let endedAt: Instant?

  /// A window that failed, and why.
  package struct Failure: Sendable {
    package let window: Window
    package let attempts: Int
    package let error: String
  }

  /// The newest first.
  ///
  /// - Parameters:
  ///   - id: that one alone.
  ///   - unended: only what the request names where it runs already.
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func read(
    id: Int64? = nil, unended request: BackfillRequest? = nil, most: Int = 100, through connection: Connection
  ) async throws -> [BackfillJob] {
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT j.id, j.feed, j.request, j.from_time, j.to_time, j.mode, j.newest_first, j.plan, j.state, w.windows,
          w.done, w.failed, w.claimed, j.inserted, j.unchanged, w.rejected, j.created_at, j.ended_at, j.revised
        FROM flux_ops.backfill_job j, LATERAL (
          SELECT count(*) AS windows, count(*) FILTER (WHERE state = 'done') AS done,
            count(*) FILTER (WHERE state = 'failed') AS failed, count(*) FILTER (WHERE state = 'claimed') AS claimed,
            coalesce(sum(rejected), 0)::bigint AS rejected
          FROM flux_ops.backfill_window WHERE job = j.id) w
        WHERE ($1::bigint IS NULL OR j.id = $1) AND ($2::text IS NULL OR j.state = 'running'
          AND (j.feed, j.from_time, j.to_time, j.mode, j.newest_first) = ($2, $3, $4, $5::text, $6::boolean))
        ORDER BY j.id DESC LIMIT $7
        """,
        [
          .value(id), .value(request?.feed), .value(request.map { Timestamp($0.range.from) }),
          .value(request.map { Timestamp($0.range.to) }), .value(request?.mode.rawValue),
          .value(request?.isNewestFirst), .value(Int64(most)),
        ])
      return try reply.map { (rows, row) throws(PostgresError) in try BackfillJob(rows, row) }
    } catch { throw NotDeployed.explaining(error) }
  }

  /// Its windows that were set aside, in the plan's order.
  package static func failures(of id: Int64, through connection: Connection) async throws -> [Failure] {
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT from_time, to_time, attempts, coalesce(last_error, '') FROM flux_ops.backfill_window
        WHERE job = $1 AND state = 'failed' ORDER BY number
        """, [.value(id)])
      return try reply.map { (rows, row) throws(PostgresError) in
        Failure(
          window: Window(from: try rows.instant(row, 0), to: try rows.instant(row, 1)),
          attempts: Int(try rows.read(row, 2, as: Int32.self)), error: try rows.read(row, 3))
      }
    } catch { throw NotDeployed.explaining(error) }
  }

  /// The windows of a feed that were set aside by any backfill and not fetched since it was begun.
  package static func failedWindows(of feed: String, through connection: Connection) async throws -> Set<Window> {
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT w.from_time, w.to_time FROM flux_ops.backfill_job j JOIN flux_ops.backfill_window w ON w.job = j.id
        WHERE j.feed = $1 AND w.state = 'failed' AND NOT EXISTS (
          SELECT FROM flux_ops.coverage c WHERE c.feed = $1 AND c.from_time = w.from_time AND c.to_time = w.to_time
            AND c.observed_at > j.created_at)
        """, [.value(feed)])
      return Set(
        try reply.map { (rows, row) throws(PostgresError) in
          Window(from: try rows.instant(row, 0), to: try rows.instant(row, 1))
        })
    } catch { throw NotDeployed.explaining(error) }
  }

  /// Lets nobody claim more of it; what is in hand still goes in.
  ///
  /// - Returns: false where it did not run.
  package static func cancel(_ id: Int64, through connection: Connection) async throws -> Bool {
    do throws(PostgresError) {
      return try await connection.query("SELECT flux_ops.cancel_backfill($1)", [.value(id)]).read(0, 0)
    } catch { throw NotDeployed.explaining(error) }
  }

  /// Opens it again for what is left of it, its failed windows among that.
  ///
  /// - Returns: how many had failed.
  package static func retry(_ id: Int64, through connection: Connection) async throws -> Int {
    do throws(PostgresError) {
      let reply = try await connection.query("SELECT flux_ops.retry_backfill($1)", [.value(id)])
      return Int(try reply.read(0, 0, as: Int32.self))
    } catch { throw NotDeployed.explaining(error) }
  }
}

extension BackfillJob {
  fileprivate init(_ rows: borrowing ResultSet, _ row: Int) throws(PostgresError) {
    func count(_ column: Int) throws(PostgresError) -> Int { Int(try rows.read(row, column, as: Int64.self)) }
    id = try rows.read(row, 0)
    request = BackfillRequest(
      feed: try rows.read(row, 1), text: try rows.read(row, 2),
      range: Window(from: try rows.instant(row, 3), to: try rows.instant(row, 4)),
      mode: BackfillRequest.Mode(rawValue: try rows.read(row, 5)) ?? .all, isNewestFirst: try rows.read(row, 6),
      plan: try rows.read(row, 7))
    state = State(rawValue: try rows.read(row, 8)) ?? .ended
    (windows, done, failed, claimed) = (try count(9), try count(10), try count(11), try count(12))
    (inserted, unchanged, rejected) = (try count(13), try count(14), try count(15))
    revised = try count(18)
    createdAt = try rows.instant(row, 16)
    endedAt = try rows.optionalInstant(row, 17)
  }
}
