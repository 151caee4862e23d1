import Collector
import FeedSupport
import Feeds
import FluxMetrics
import Foundation
import Intake
import Leases
import Logging
import Market
import Postgres
import ServiceLifecycle
import Spool
import Store
import Support
import Synchronization
import Testing

private let live = ["elexon-system-price", "elexon-market-index", "modo-niv-live", "axle-battery-schedule"]

/// Silent: what the collector says is in its rounds.
let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

extension TestFeeds {
  /// - Parameter spool: nil for one of its own.
  func collector(
    _ ids: [String] = live, _ database: TestDatabase, spool: Spool? = nil, pacing: Pacing? = nil,
    metrics: CollectorMetrics? = nil
  ) async throws -> Collector {
    Collector(
      try ids.map { try intake($0) },
      try await surroundings(database, spool: spool, pacing: pacing, metrics: metrics))
  }

  func surroundings(
    _ database: TestDatabase, spool: Spool? = nil, pacing: Pacing? = nil, metrics: CollectorMetrics? = nil
  ) async throws -> Surroundings {
    let spool = if let spool { spool } else { try await database.spool() }
    let pacing = pacing ?? clock.pacing
    return Surroundings(
      database: try database.settings, spool: spool,
      heldHosts: HeldHosts(path: database.folder + "/hosts"), london: london,
      pacing: pacing, metrics: metrics ?? CollectorMetrics(version: "0", now: pacing.now), logger: quiet)
  }
}

extension Collector {
  /// One round, of a collector of one feed.
  func onlyRound() async throws -> Round {
    let rounds = await once()
    try #require(rounds.count == 1, "\(rounds)")
    return rounds[0]
  }
}

extension TestDatabase {
  /// In a folder of its own beside the database.
  func spool(limit: Int64 = Spool.defaultLimit) async throws -> Spool {
    try await Spool.open(folder: folder + "/spool-\(UUID().uuidString)", limit: limit)
  }
}

@Suite struct `The collector` {
  @Test func `One round of every feed goes in, and one that fails is named and holds up nobody`() async throws {
    let clock = try TestClock("2025-11-20T12:00:00Z")
    let unreachable = ["FLUX_HOST_MODO_URL": "http://127.0.0.1:1"]
    try await TestFeeds.simulated(clock, changes: unreachable) { feeds in
      try await TestDatabase.with { database in
        let rounds = try await feeds.collector(live, database).once()
        #expect(rounds.map(\.feed) == live.sorted())
        for round in rounds {
          #expect(round.errors.isEmpty == (round.feed != "modo-niv-live"), "\(round)")
          #expect((round.inserted > 0) == (round.feed != "modo-niv-live"), "\(round)")
        }
        clock.advance(by: .seconds(60))
        let again = try await feeds.collector(live, database).once()
        #expect(again.allSatisfy { $0.inserted == 0 }, "\(again)")
        let states = try await Connection.with(try database.settings) { try await FeedState.read(through: $0) }
        #expect(states.map(\.feed) == live.sorted())
        for state in states {
          let failed = state.feed == "modo-niv-live"
          #expect(state.consecutiveFailures == (failed ? 2 : 0) && (state.lastSuccessAt == nil) == failed, "\(state)")
          #expect(state.lastError?.contains("no connection to 127.0.0.1 port 1") ?? false == failed)
        }
      }
    }
  }

  @Test func `A price that the source revises is there twice: the old one as of before, now the new`() async throws {
    let clock = try TestClock("2025-11-20T12:00:00Z")
    try await TestFeeds.simulated(clock) { feeds in
      try await TestDatabase.with { database in
        #expect(try await feeds.collector(["elexon-system-price"], database).onlyRound().errors.isEmpty)
        // The second run comes 24 h 15 min after the half hour.
        clock.advance(by: .hours(25))
        let second = try await feeds.collector(["elexon-system-price"], database).onlyRound()
        #expect(second.errors.isEmpty && second.inserted > 0 && second.unchanged > 0)
        try await Connection.with(try database.settings) { connection in
          let revised = try await connection.query(
            """
            SELECT count(*), bool_and(asof.value = old.value AND asof.value <> now.value AND now.value = new.value),
              bool_and(old.created_at = '2025-11-20 12:00Z' AND new.created_at = '2025-11-21 13:00Z')
            FROM flux.market_data_revisions old
              JOIN flux.market_data_revisions new USING (type, time)
              JOIN flux.market_data_as_of('2025-11-20 12:30Z', '2025-11-17', '2025-11-21', ARRAY[3]) asof
                USING (type, time)
              JOIN flux.market_data_current now USING (type, time)
            WHERE old.created_at < new.created_at AND type = 3 AND time >= '2025-11-17' AND time < '2025-11-21'
            """)
          #expect(try revised.read(0, 0, as: Int64.self) > 3)
          #expect(try revised.read(0, 1, as: Bool.self))
          #expect(try revised.read(0, 2, as: Bool.self))
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `A connection that was lost between two loads is made again, and nothing is lost`() async throws {
    try await TestDatabase.with { database in
      let settings = try database.settings
      let link = LoaderLink(settings, feed: "elexon-system-price")
      var batch = Batch(feed: "elexon-system-price", window: nil, observedAt: Instant(seconds: 1_764_000_000))
      for value in 1...3 {
        batch.observations = [Observation(time: Instant(seconds: Int64(value) * 1_800), signal: 3, value: Float(value))]
        #expect(try await link.load(batch).inserted == 1)
        try await Connection.with(settings) { connection in
          try await connection.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()",
            [.value(database.name)])
        }
      }
      await link.close()
      // The server notices a little later.
      var open = 1
      while open > 0 {
        open = try await Connection.with(settings) { connection in
          try await connection.query(
            "SELECT FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()", [.value(database.name)]
          ).rowCount
        }
      }
    }
  }
}

@Suite struct `The service` {
  /// A server that takes its time, and counts the requests that came while it had another one in hand.
  private final class Slow: Sendable {
    private let inHand = Atomic(0)
    private let overlapping = Atomic(0)
    private let done = Atomic(0)

    var overlaps: Int { overlapping.load(ordering: .acquiring) }
    var answered: Int { done.load(ordering: .acquiring) }

    func serve(milliseconds: Int) throws -> LoopbackServer {
      try LoopbackServer { request, connection in
        if self.inHand.add(1, ordering: .acquiringAndReleasing).oldValue > 0 {
          self.overlapping.add(1, ordering: .acquiringAndReleasing)
        }
        let isThere = connection.wait(milliseconds: milliseconds)
        self.inHand.subtract(1, ordering: .acquiringAndReleasing)
        guard isThere else { return }
        self.done.add(1, ordering: .acquiringAndReleasing)
        let date = request.path.split(separator: "/").last ?? ""
        connection.reply(
          #"{"data":[{"settlementDate":"\#(date)","settlementPeriod":1,"systemSellPrice":5,"netImbalanceVolume":1}]}"#)
      }
    }
  }

  /// Virtual time that passes while the world does: each wait takes a few milliseconds.
  private func brisk(_ clock: TestClock) -> Pacing {
    Pacing(
      now: clock.pacing.now,
      sleep: { instant in
        try await Task.sleep(for: .milliseconds(10))
        try await clock.pacing.sleep(instant)
      },
      random: clock.pacing.random)
  }

  @Test func `Rounds of one feed never overlap, however slow it is, and cancelling ends it`() async throws {
    let slow = Slow()
    let server = try slow.serve(milliseconds: 30)
    defer { server.stop() }
    let clock = try TestClock("2025-11-20T12:00:00Z")
    let feeds = try TestFeeds(server: server, clock: clock)
    try await TestDatabase.with { database in
      let collector = try await feeds.collector(["elexon-system-price"], database, pacing: brisk(clock))
      let task = Task { try await collector.run() }
      while slow.answered < 12 { try await Task.sleep(for: .milliseconds(10)) }
      task.cancel()
      try await task.value
      #expect(slow.overlaps == 0)
      let states = try await Connection.with(try database.settings) { try await FeedState.read(through: $0) }
      #expect(states.map(\.feed) == ["elexon-system-price"])
      #expect(states.first?.consecutiveFailures == 0 && states.first?.nextDueAt != nil, "\(states)")
      #expect(server.requests.count <= slow.answered + 1)
    }
  }

  @Test func `Asked to end, it ends what is in hand and starts nothing more`() async throws {
    let slow = Slow()
    let server = try slow.serve(milliseconds: 300)
    defer { server.stop() }
    let feeds = try TestFeeds(server: server, clock: try TestClock("2025-11-20T12:00:00Z"))
    try await TestDatabase.with { database in
      // Real time: the next round is minutes away.
      let collector = try await feeds.collector(["elexon-system-price"], database, pacing: .system)
      let group = ServiceGroup(services: [collector], logger: quiet)
      async let ended: Void = group.run()
      while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
      await group.triggerGracefulShutdown()
      try await ended
      let rows = try await Connection.with(try database.settings) { connection in
        try await connection.query("SELECT count(*) FROM flux.market_data").read(0, 0, as: Int64.self)
      }
      #expect(rows == 2 && server.requests.count == 1 && slow.answered == 1)
    }
  }
}
