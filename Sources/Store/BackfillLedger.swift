package import Market
package import Postgres

/// A window that a worker of a backfill has claimed.
package struct ClaimedWindow: Hashable, Sendable {
  /// Its place in the plan, from 1.
  package let number: Int32
  package let window: Window
  /// How often it failed before.
  package let attempts: Int

  package init(number: Int32, window: Window, attempts: Int = 0) {
    self.number = number
    self.window = window
    self.attempts = attempts
  }
}

/// One worker's part in a backfill: the windows of `flux_ops.backfill_window`, which all workers of it share.
///
/// What a worker has claimed is free for others as soon as its session has ended, whatever ended it. The connection is
/// no loader's, so that a claim never waits for a load. Until the worker ends nothing that it commits waits for the
/// disk: where the server goes down the session ends too, and with it the claims that were lost. What loads have ended
/// is committed by them, and with it all that was written before.
package struct BackfillLedger: Sendable {
  package let job: Int64
  /// Whether this worker's command made the job; false where it goes on with one, or joins it.
  package var isNew: Bool { all != nil }
  private let worker: Int64
  private let connection: Connection
  /// Windows of the job where this worker's command made it.
  private let all: Int?

  /// Windows in one claim, at the most.
  package static let claimSize = 200

  /// Begins the backfill that is asked for, or takes part in it where it has been begun and not ended.
  ///
  /// - Parameters:
  ///   - connection: the ledger's from now on.
  ///   - loader: which the plan goes through; nil for the ledger's. libpq keeps the room of its largest statement for
  ///     ever, and a loader's connection has as much for its batches.
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func begin(
    _ request: BackfillRequest, windows: [Window], through connection: Connection, planThrough loader: Connection? = nil
  ) async throws -> BackfillLedger {
    do throws(PostgresError) {
      let reply = try await (loader ?? connection).query(
        """
        SELECT job, is_new, set_config('synchronous_commit', 'off', true)
        FROM flux_ops.begin_backfill($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        [
          .value(request.feed), .value(request.text), .value(Timestamp(request.range.from)),
          .value(Timestamp(request.range.to)), .value(request.mode.rawValue), .value(request.isNewestFirst),
          .value(request.plan), .times(windows.map { Timestamp($0.from) }), .times(windows.map { Timestamp($0.to) }),
        ])
      let isNew: Bool = try reply.read(0, 1)
      return try await join(try reply.read(0, 0), all: isNew ? windows.count : nil, through: connection)
    } catch { throw NotDeployed.explaining(error) }
  }

  /// Takes part in a backfill that was begun.
  package static func join(_ job: Int64, through connection: Connection) async throws -> BackfillLedger {
    do throws(PostgresError) { return try await join(job, all: nil, through: connection) } catch {
      throw NotDeployed.explaining(error)
    }
  }

  private static func join(
    _ job: Int64, all: Int?, through connection: Connection
  ) async throws(PostgresError) -> BackfillLedger {
    let worker = try await connection.query(
      "SELECT flux_ops.begin_backfill_worker(), set_config('synchronous_commit', 'off', false)")
    return BackfillLedger(job: job, worker: try worker.read(0, 0), connection: connection, all: all)
  }

  /// The next windows that nobody has, in the plan's order: those behind `after`, then what was left before it. Fewer
  /// than `most` where there are no more now, or the backfill was cancelled.
  ///
  /// - Parameter now: those that failed are claimed again when their time has come.
  package func claim(
    _ most: Int = claimSize, after: Int32, at now: Instant
  ) async throws(PostgresError) -> [ClaimedWindow] {
    let behind = try await claim(most, behind: after, at: now)
    guard behind.count < most, after > 0 else { return behind }
    return behind + (try await claim(most - behind.count, behind: 0, at: now))
  }

  private func claim(_ most: Int, behind after: Int32, at now: Instant) async throws(PostgresError) -> [ClaimedWindow] {
    let reply = try await connection.query(
      "SELECT number, from_time, to_time, attempts FROM flux_ops.claim_backfill_windows($1, $2, $3, $4, $5)",
      [.value(job), .value(worker), .value(Timestamp(now)), .value(Int32(clamping: most)), .value(after)])
    return try reply.map { (rows, row) throws(PostgresError) in
      ClaimedWindow(
        number: try rows.read(row, 0), window: Window(from: try rows.instant(row, 1), to: try rows.instant(row, 2)),
        attempts: Int(try rows.read(row, 3, as: Int32.self)))
    }
  }

  /// What this worker may still have to do.
  package struct Remaining: Sendable {
    /// Windows that are free, that wait after a failure, or that others have in hand.
    package let windows: Int
    /// When the first that waits is to be tried again.
    package let nextTry: Instant?

    /// What is left after another claim, as far as this worker knows: counting them all again costs more than the claim.
    package func after(claiming count: Int) -> Remaining {
      Remaining(windows: max(0, windows - count), nextTry: nextTry)
    }
  }

  /// What it may have to do when it begins. Of a job that it has just made that is all: nobody needs to count.
  package func planned() async throws(PostgresError) -> Remaining {
    guard let all else { return try await remaining() }
    return Remaining(windows: all, nextTry: nil)
  }

  package func remaining() async throws(PostgresError) -> Remaining {
    let reply = try await connection.query(
      """
      SELECT
        count(*) FILTER (WHERE j.state = 'running' AND (w.state = 'todo' OR w.state = 'claimed' AND w.worker <> $2)),
        min(w.next_try_at) FILTER (WHERE w.state = 'todo')
      FROM flux_ops.backfill_window w JOIN flux_ops.backfill_job j ON j.id = w.job WHERE w.job = $1
      """, [.value(job), .value(worker)])
    return Remaining(
      windows: Int(try reply.read(0, 0, as: Int64.self)), nextTry: try reply.optionalInstant(0, 1))
  }

  /// Notes that a window failed.
  ///
  /// - Parameters:
  ///   - error: one line, without secrets.
  ///   - nextTry: nil sets it aside.
  package func fail(_ window: ClaimedWindow, _ error: String, nextTry: Instant?) async throws(PostgresError) {
    try await connection.query(
      "SELECT flux_ops.fail_backfill_window($1, $2, $3, $4)",
      [.value(job), .value(window.number), .value(error), .value(nextTry.map { Timestamp($0) })])
  }

  /// Leaves the backfill, and ends it where nothing of it is left.
  package func end() async throws(PostgresError) {
    try await connection.execute("RESET synchronous_commit")
    try await connection.query(
      "SELECT flux_ops.end_backfill($1), flux_ops.end_backfill_worker($2)", [.value(job), .value(worker)])
  }
}

/// The windows of a backfill that one load ends, noted in the load's own transaction.
package struct EndedWindows: Sendable {
  package let job: Int64
  /// One for each batch of the load, in its order.
  package let numbers: [Int32]

  package init(job: Int64, numbers: [Int32]) {
    self.job = job
    self.numbers = numbers
  }

  /// Leaves out those that somebody observed later: they are asked for again.
  func record(
    _ batches: [Batch], _ counts: LoadCounts, through connection: isolated Connection
  ) throws(PostgresError) {
    precondition(numbers.count == batches.count, "a number for each batch of the load")
    let ended = zip(numbers, batches).filter { $1.window.map { !counts.overtaken.contains($0) } ?? true }
    try connection.query(
      "SELECT flux_ops.end_backfill_windows($1, $2, $3, $4, $5, $6, $7)",
      [
        .value(job), .integers(ended.map { $0.0 }), .integers(ended.map { Int32(clamping: $0.1.observations.count) }),
        .integers(ended.map { Int32(clamping: $0.1.counts.rejected) }), .value(Int64(counts.inserted)),
        .value(Int64(counts.revised)), .value(Int64(counts.unchanged)),
      ])
  }
}
