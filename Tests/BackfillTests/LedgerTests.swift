import FeedSupport
import Feeds
import Fetch
import Intake
import Market
import Postgres
import Store
import Support
import Synchronization
import Testing

@testable import Backfill

private let id = "elexon-system-price"

/// The states of the newest job's windows, `done 3, failed 1`.
private func states(_ connection: Connection) async throws -> String {
  try await connection.query(
    """
    SELECT string_agg(state || ' ' || c, ', ' ORDER BY state) FROM (
      SELECT state, count(*) AS c FROM flux_ops.backfill_window
      WHERE job = (SELECT max(id) FROM flux_ops.backfill_job) GROUP BY state) s
    """
  ).read(0, 0)
}

/// What the table holds, whenever it was learnt.
private func contents(_ connection: Connection) async throws -> String {
  try await connection.query(
    "SELECT count(*) || ' ' || sum(hashtextextended(row(time, type, value)::text, 0)) FROM flux.market_data"
  ).read(0, 0)
}

/// What a backfill of `plan` would ask for now.
private func notFinal(_ plan: Plan, _ feeds: TestFeeds, _ connection: Connection) async throws -> Plan {
  try await plan.leavingOutFinal(in: feeds.london) { range in
    let accepted = try await GapReader(connection: connection).accepted(signals: plan.feed.signals.map(\.id), in: range)
    return (try await FeedHistory.replies(of: plan.feed.id, in: range, through: connection), accepted)
  }
}

@Suite struct `The ledger of a backfill` {
  @Test func `Workers share one job between them, and together load what one alone does`() async throws {
    let clock = try TestClock(noon)
    try await TestFeeds.simulated(clock) { feeds in
      let range = try feeds.days("2023-06-01", "2025-06-01")
      let plan = Plan(feed: try feeds.feed(id), range: range, in: feeds.london)
      let alone = try await TestDatabase.withConnection { connection in
        _ = try await backfill(plan, feeds, connection).run { _ in }
        return try await contents(connection)
      }
      try await TestDatabase.with { database in
        let settings = try database.settings
        let parts = try await withThrowingTaskGroup(of: Backfill.Progress.self) { group in
          for _ in 1...2 {
            group.addTask {
              try await Connection.with(settings) { try await backfill(plan, feeds, $0).run { _ in } }
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(parts.map(\.loaded).reduce(0, +) == plan.windows.count && parts.allSatisfy { $0.loaded > 0 })
        #expect(parts.map(\.inserted).reduce(0, +) == 2 * plan.periods)
        try await Connection.with(settings) { connection in
          #expect(try await contents(connection) == alone)
          #expect(try await states(connection) == "done 732")
          let jobs = try await BackfillJob.read(through: connection)
          #expect(jobs.count == 1 && jobs[0].state == .ended && jobs[0].inserted == 2 * plan.periods)
        }
      }
    }
  }

  @Test func `A claim that comes to the plan's end goes on with what was left before it`() async throws {
    let start = try TestClock(noon).now
    let days = (0..<10).map { day in
      Window(from: start.advanced(by: .hours(-24 * (day + 1))), to: start.advanced(by: .hours(-24 * day)))
    }
    let range = Window(from: days[9].from, to: start)
    let request = BackfillRequest(feed: id, text: "a test", range: range, mode: .all, plan: "of ten days")
    try await TestDatabase.withConnection { connection in
      let ledger = try await BackfillLedger.begin(request, windows: days, through: connection)
      #expect(try await ledger.planned().windows == 10)
      let claimed = try await ledger.claim(6, after: 7, at: start)
      #expect(claimed.map(\.number) == [8, 9, 10, 1, 2, 3] && claimed.map(\.window) == Array(days[7...] + days[..<3]))
      #expect(try await ledger.claim(6, after: 3, at: start).map(\.number) == [4, 5, 6, 7])
      #expect(try await ledger.claim(6, after: 7, at: start).isEmpty)
      // Joined, it has to count.
      #expect(try await BackfillLedger.begin(request, windows: days, through: connection).planned().windows == 10)
    }
  }

  @Test func `What a worker commits waits for the disk from its end on`() async throws {
    let start = try TestClock(noon).now
    let day = Window(from: start.advanced(by: .hours(-24)), to: start)
    let request = BackfillRequest(feed: id, text: "a test", range: day, mode: .all, plan: "of one day")
    try await TestDatabase.with { database in
      let settings = try database.settings
      // The tests' server does not wait by itself.
      try await Connection.with(settings) { connection in
        try await connection.execute(
          """
          DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = on', current_database()); END $$
          """)
      }
      try await Connection.with(settings) { connection in
        func waits() async throws -> String { try await connection.query("SHOW synchronous_commit").read(0, 0) }
        let ledger = try await BackfillLedger.begin(request, windows: [day], through: connection)
        #expect(try await waits() == "off")
        try await ledger.end()
        #expect(try await waits() == "on")
      }
    }
  }

  @Test func `What a worker had in hand that was broken off is another's at once`() async throws {
    let london = try TestFeeds.london()
    let isSlow = Mutex(true)
    let server = try LoopbackServer { request, connection in
      if request.path.hasSuffix("2025-11-07"), isSlow.withLock({ $0 }) { return connection.hold() }
      connection.reply(#"{"data":[]}"#)
    }
    defer { server.stop() }
    let feeds = try TestFeeds(server: server, clock: try TestClock(noon))
    let plan = Plan(feed: try feeds.feed(id), range: try feeds.days("2025-11-01", "2025-11-10"), in: london)
    try await TestDatabase.with { database in
      let settings = try database.settings
      let first = Task {
        try await Connection.with(settings) { try await backfill(plan, feeds, $0).run { _ in } }
      }
      while server.requests.count < 10 { try await Task.sleep(for: .milliseconds(5)) }
      first.cancel()
      await #expect(throws: CancellationError.self) { try await first.value }
      isSlow.withLock { $0 = false }
      try await Connection.with(settings) { connection in
        #expect(try await states(connection) == "claimed 10")
        let second = try await backfill(plan, feeds, connection).run { _ in }
        #expect(second.loaded == 10 && second.failures.isEmpty)
        #expect(try await states(connection) == "done 10")
        #expect(try await BackfillJob.read(through: connection).count == 1)
      }
    }
  }

  @Test func `A refusal for want of patience marks nothing done, and what fails is tried again and then set aside`()
    async throws
  {
    let london = try TestFeeds.london()
    let asked = Mutex(0)
    let server = try LoopbackServer { request, connection in
      switch request.path.suffix(10) {
      case "2025-11-05": connection.reply("slow down", status: "429 Too Many Requests", type: "text/plain")
      case "2025-11-06" where asked.withLock({ count in (count <= 3, count += 1).0 }):
        connection.reply("later", status: "503 Service Unavailable", type: "text/plain")
      default: connection.reply(#"{"data":[]}"#)
      }
    }
    defer { server.stop() }
    let feeds = try TestFeeds(server: server, clock: try TestClock(noon))
    let plan = Plan(feed: try feeds.feed(id), range: try feeds.days("2025-11-01", "2025-11-10"), in: london)
    try await TestDatabase.withConnection { connection in
      let progress = try await backfill(plan, feeds, connection).run { _ in }
      #expect(progress.failures.map(\.window) == [try feeds.days("2025-11-05")])
      #expect(try await states(connection) == "done 9, failed 1")
      let job = try #require(try await BackfillJob.read(through: connection).first)
      #expect(job.state == .ended && job.failed == 1 && job.done == 9)
      let failure = try #require(try await BackfillJob.failures(of: job.id, through: connection).first)
      #expect(failure.attempts == WindowRetries().mostFailures && failure.error.contains("429"))
      let replies = try await FeedHistory.replies(
        of: id, in: try feeds.days("2025-11-01", "2025-11-10"), through: connection)
      #expect(replies.count == 9 && !replies.contains { $0.window == failure.window })
      #expect(try await BackfillJob.failedWindows(of: id, through: connection) == [failure.window])
      #expect(try await BackfillJob.retry(job.id, through: connection) == 1)
      #expect(try await states(connection) == "done 9, todo 1")
    }
  }

  @Test func `A window that is final is not asked for again, and one that was empty is`() async throws {
    let clock = try TestClock(noon)
    try await TestFeeds.simulated(clock) { feeds in
      try await TestDatabase.withConnection { connection in
        let whole = Plan(feed: try feeds.feed(id), range: try feeds.days("2025-10-20", "2025-12-02"), in: feeds.london)
        func missing(_ plan: Plan) async throws -> Plan { try await notFinal(plan, feeds, connection) }
        #expect(try await missing(whole).windows == whole.windows)
        _ = try await backfill(whole, feeds, connection).run { _ in }
        // Today and tomorrow lack periods, and yesterday is not published for the second time.
        let left = try await missing(whole)
        #expect(left.windows == Array(whole.windows.prefix(left.windows.count)))
        #expect((2...4).contains(left.windows.count), "\(left.windows)")
        #expect(left.identity != whole.identity && whole.identity == whole.keeping { _ in true }.identity)
        #expect(whole.reversed.identity != whole.identity && whole.identity.count == 16)
        // A week's request is final when all its days are, whichever requests had them.
        let index = try feeds.feed("elexon-market-index")
        let weeks = Plan(feed: index, range: try feeds.days("2025-10-01", "2025-10-28"), in: feeds.london)
        _ = try await backfill(weeks, feeds, connection).run { _ in }
        let shifted = Plan(feed: index, range: try feeds.days("2025-10-03", "2025-10-30"), in: feeds.london)
        #expect(try await missing(shifted).windows == Array(shifted.windows.prefix(1)))
      }
    }
  }

  @Test func `What the source will never have is not asked for once all of it is accepted`() async throws {
    let london = try TestFeeds.london()
    // Nothing of the 5th, and of the 6th neither price nor volume of the last half hour.
    let server = try LoopbackServer { request, connection in
      let day = String(request.path.suffix(10))
      let records = (1...(day == "2025-11-06" ? 47 : 48)).map { period in
        #"{"settlementDate":"\#(day)","settlementPeriod":\#(period),"systemSellPrice":50,"netImbalanceVolume":-3.5,"#
          + #""createdDateTime":"2025-11-30T00:00:00Z"}"#
      }
      connection.reply(#"{"data":[\#(day == "2025-11-05" ? "" : records.joined(separator: ","))]}"#)
    }
    defer { server.stop() }
    let feeds = try TestFeeds(server: server, clock: try TestClock(noon))
    try await TestDatabase.withConnection { connection in
      let whole = Plan(feed: try feeds.feed(id), range: try feeds.days("2025-11-03", "2025-11-07"), in: london)
      let gaps = GapReader(connection: connection)
      let (empty, short) = (try feeds.days("2025-11-05"), try feeds.days("2025-11-06"))
      let half = Window(from: short.to.advanced(by: .minutes(-30)), to: short.to)
      func left() async throws -> [Window] { try await notFinal(whole, feeds, connection).windows }
      _ = try await backfill(whole, feeds, connection).run { _ in }
      #expect(try await left() == [short, empty])
      // Of one signal alone it still is awaited.
      for gap in [empty, half] { try await gaps.accept([gap], of: Signal.imbalancePrice.id, reason: "never settled") }
      #expect(try await left() == [short, empty])
      try await gaps.accept([half], of: Signal.nivOutturn.id, reason: "never settled")
      #expect(try await left() == [empty])
      try await gaps.accept([empty], of: Signal.nivOutturn.id, reason: "never settled")
      #expect(try await left().isEmpty)
      // Nor where no reply is known.
      try await connection.execute("DELETE FROM flux_ops.coverage")
      #expect(try await left() == whole.windows.filter { $0 != empty })
      // What came all the same makes up for no other half hour.
      _ = try await backfill(whole, feeds, connection).run { _ in }
      #expect(try await left().isEmpty)
      try await connection.execute(
        "INSERT INTO flux.market_data (time, type, value) SELECT '2025-11-06 23:30Z', unnest('{3,101}'::integer[]), 7")
      #expect(try await left() == [short])
    }
  }
}
