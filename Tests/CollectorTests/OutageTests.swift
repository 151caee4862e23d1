import Collector
import FeedSupport
import FluxMetrics
import Foundation
import Intake
import Market
import Postgres
import Spool
import Store
import Support
import Synchronization
import Testing

extension TestDatabase {
  /// Lets nobody in, and puts out whoever is in; or lets them in again.
  func admit(_ yes: Bool) async throws {
    try await Connection.with(try ConnectionSettings(url.replacing(name, with: "postgres"))) { connection in
      try await connection.execute("ALTER DATABASE \(name) ALLOW_CONNECTIONS \(yes)")
      try await connection.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [.value(name)])
    }
  }

  /// All of market data, in words: time, signal, value, when it was learnt.
  func contents() async throws -> [String] {
    try await Connection.with(try settings) { connection in
      let rows = try await connection.query(
        "SELECT concat_ws(' ', time, type, value, created_at) FROM flux.market_data ORDER BY time, type, created_at")
      return try rows.map { (rows, row) throws(PostgresError) in try rows.read(row, 0, as: String.self) }
    }
  }
}

/// A day of one period, whose price is the one that was set last.
private final class Price: Sendable {
  private let value = Mutex(5)

  func set(_ price: Int) { value.withLock { $0 = price } }

  func serve() throws -> LoopbackServer {
    try LoopbackServer { request, connection in
      let date = request.path.split(separator: "/").last ?? ""
      let price = self.value.withLock { $0 }
      connection.reply(
        """
        {"data":[{"settlementDate":"\(date)","settlementPeriod":1,"systemSellPrice":\(price),"netImbalanceVolume":1}]}
        """)
    }
  }
}

@Suite struct `A database that is away` {
  private static let feed = "elexon-system-price"

  /// Rounds of one feed, five minutes apart, each by a collector of its own as after a restart.
  ///
  /// - Parameter steps: the price of each round, and whether the database lets anybody in.
  private func rounds(
    _ steps: [(price: Int, isThere: Bool)], _ database: TestDatabase, spool: Spool
  ) async throws -> [Round] {
    let price = Price()
    let server = try price.serve()
    defer { server.stop() }
    let clock = try TestClock("2025-11-20T12:00:00Z")
    let feeds = try TestFeeds(server: server, clock: clock)
    var rounds: [Round] = []
    for step in steps {
      price.set(step.price)
      try await database.admit(step.isThere)
      rounds += try await feeds.collector([Self.feed], database, spool: spool).once()
      clock.advance(by: .minutes(5))
    }
    return rounds
  }

  @Test func `What is fetched meanwhile waits on the disk, and afterwards nothing tells of the outage`() async throws {
    let prices = [5, 7, 7, 5, 5, 9]
    let away: Set = [1, 2, 3]
    let plain = try await TestDatabase.with { database in
      _ = try await rounds(prices.map { ($0, true) }, database, spool: database.spool())
      return try await database.contents()
    }
    try await TestDatabase.with { database in
      let spool = try await database.spool()
      let steps = prices.enumerated().map { ($1, !away.contains($0)) }
      let rounds = try await rounds(steps, database, spool: spool)
      #expect(rounds.map { $0.spooled > 0 } == steps.map { !$0.1 })
      for (round, step) in zip(rounds, steps) {
        #expect(round.errors.isEmpty == step.1 && round.errors.allSatisfy { $0 is Spooled }, "\(round.errors)")
      }
      #expect(try await database.contents() == plain)
      #expect(plain.count == 3 * 5, "three days of a price in four versions and a volume: \(plain)")
      #expect(try await spool.feeds().isEmpty)
      let current = try await Connection.with(try database.settings) { connection in
        try await connection.query(
          "SELECT value FROM flux.market_data_current WHERE type = 3 AND time = '2025-11-20 00:00Z'"
        ).read(0, 0, as: Float.self)
      }
      #expect(current == 9)
    }
  }

  @Test func `A batch whose commit was not answered goes again, and is there once`() async throws {
    try await TestDatabase.with { database in
      let spool = try await database.spool()
      _ = try await rounds([(5, true)], database, spool: spool)
      let before = try await database.contents()
      var batch = Batch(feed: Self.feed, window: nil, observedAt: try #require(Instant("2025-11-20T12:00:00Z")))
      batch.observations = [Observation(time: try #require(Instant("2025-11-20T00:00:00Z")), signal: 3, value: 5)]
      try await spool.append(batch)
      try await spool.append(batch)
      let again = try #require(try await rounds([(5, true)], database, spool: spool).first)
      #expect(again.errors.isEmpty && again.inserted == 0)
      #expect(try await database.contents() == before)
      #expect(try await spool.feeds().isEmpty)
    }
  }

  @Test func `A holder that was paused and loads late asks again, so that what others confirmed stays current`() async throws
  {
    let price = Price()
    let server = try price.serve()
    defer { server.stop() }
    let clock = try TestClock("2025-11-20T12:00:00Z")
    let feeds = try TestFeeds(server: server, clock: clock)
    try await TestDatabase.with { database in
      let spool = try await database.spool()
      _ = try await feeds.collector([Self.feed], database).once()
      // The first holder fetched a 7, and was stopped before it could load it.
      price.set(7)
      clock.advance(by: .minutes(5))
      let day = try feeds.days("2025-11-18")
      try await spool.append(try await feeds.intake(Self.feed).read(day))
      // Another one found the 5 unchanged, which leaves no row.
      price.set(5)
      clock.advance(by: .minutes(5))
      _ = try await feeds.collector([Self.feed], database).once()
      clock.advance(by: .minutes(5))
      let woken = try await feeds.collector([Self.feed], database, spool: spool).onlyRound()
      #expect(woken.errors.isEmpty && woken.inserted == 1, "\(woken)")
      let values = try await Connection.with(try database.settings) { connection in
        try await connection.query(
          "SELECT value::text FROM flux.market_data WHERE type = 3 AND time = $1 ORDER BY created_at",
          [.value(Timestamp(microsecondsSince1970: day.from.microseconds))]
        ).map { (rows, row) throws(PostgresError) in try rows.read(row, 0, as: String.self) }
      }
      #expect(values == ["5", "7", "5"])
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `At its limit nothing is asked any more, and when the database is back everything goes on`() async throws {
    let server = try Price().serve()
    defer { server.stop() }
    let clock = try TestClock("2025-11-20T12:00:00Z")
    let feeds = try TestFeeds(server: server, clock: clock)
    try await TestDatabase.with { database in
      try await database.admit(false)
      // Smaller than what must be free before anything is asked.
      let spool = try await database.spool(limit: 512 << 10)
      let collector = try await feeds.collector([Self.feed], database, spool: spool, pacing: .system)
      let task = Task { try await collector.run() }
      while try await spool.feeds().isEmpty { await Task.yield() }
      for _ in 0..<3 { _ = try await spool.status() }
      #expect(server.requests.count == 1)
      try await database.admit(true)
      // The first round has three days.
      while server.requests.count < 3 { try await Task.sleep(for: .milliseconds(20)) }
      task.cancel()
      try await task.value
      #expect(try await spool.feeds().isEmpty)
      #expect(try await database.contents().count == 6)
    }
  }

  @Test func `One round asks nothing either while the spool is at its limit, and says so`() async throws {
    let server = try Price().serve()
    defer { server.stop() }
    let feeds = try TestFeeds(server: server, clock: try TestClock("2025-11-20T12:00:00Z"))
    try await TestDatabase.with { database in
      try await database.admit(false)
      // Smaller than what must be free before anything is asked.
      let spool = try await database.spool(limit: 512 << 10)
      // That the database is away shows at the first of the three days.
      let first = try await feeds.collector([Self.feed], database, spool: spool).onlyRound()
      #expect(first.errors.count == 2 && first.errors.last is NoRoom && first.spooled == 2, "\(first.errors)")
      #expect(server.requests.count == 1)
      let second = try await feeds.collector([Self.feed], database, spool: spool).onlyRound()
      #expect(second.errors.count == 1 && second.errors.last is NoRoom, "\(second.errors)")
      #expect(server.requests.count == 1)
      try await database.admit(true)
      let third = try await feeds.collector([Self.feed], database, spool: spool).onlyRound()
      #expect(third.errors.isEmpty && server.requests.count == 4, "\(third.errors)")
      #expect(try await spool.feeds().isEmpty)
      #expect(try await database.contents().count == 6)
    }
  }

  /// A feed, and a spool on a disk that is full.
  private func withFullDisk(
    _ body: @Sendable (LoopbackServer, TestFeeds, SmallDisk, Spool, TestDatabase) async throws -> Void
  ) async throws {
    let server = try Price().serve()
    defer { server.stop() }
    let feeds = try TestFeeds(server: server, clock: try TestClock("2025-11-20T12:00:00Z"))
    let disk = try SmallDisk(at: NSTemporaryDirectory() + "flux-full-\(UUID().uuidString)", bytes: 1 << 16)
    defer {
      disk.unmount()
      rmdir(disk.folder)
    }
    try disk.fill()
    try await TestDatabase.with { database in
      let spool = try await Spool.open(folder: disk.folder + "/spool", isPatient: true)
      try await body(server, feeds, disk, spool, database)
    }
  }

  @Test(.enabled(if: SmallDisk.isPossible, "a file system can be mounted only by root"))
  func `One round on a full disk asks with the database alone, and without it nothing`() async throws {
    try await withFullDisk { server, feeds, disk, spool, database in
      try await database.admit(false)
      let without = try await feeds.collector([Self.feed], database, spool: spool).onlyRound()
      #expect(without.errors.count == 1 && without.errors.last is NoRoom, "\(without.errors)")
      #expect(server.requests.isEmpty)
      try await database.admit(true)
      let with = try await feeds.collector([Self.feed], database, spool: spool).onlyRound()
      #expect(with.errors.isEmpty && server.requests.count == 3, "\(with.errors)")
      #expect(try await database.contents().count == 6)
    }
  }

  @Test(.enabled(if: SmallDisk.isPossible, "a file system can be mounted only by root"), .timeLimit(.minutes(5)))
  func `Started on a full disk it asks while the database takes everything, and never what nobody keeps`() async throws
  {
    try await withFullDisk { server, feeds, disk, spool, database in
      // With neither database nor disk nothing is asked.
      try await database.admit(false)
      let metrics = CollectorMetrics(version: "0", now: feeds.clock.pacing.now)
      let collector = try await feeds.collector([Self.feed], database, spool: spool, pacing: .system, metrics: metrics)
      let task = Task { try await collector.run() }
      while !metrics.text().contains("flux_market_spool_up 0") { try await Task.sleep(for: .milliseconds(20)) }
      #expect(server.requests.isEmpty)
      // With the database alone everything goes on.
      try await database.admit(true)
      while server.requests.count < 3 { try await Task.sleep(for: .milliseconds(20)) }
      #expect(await !spool.isOpen)
      try disk.resize(bytes: 4 << 20)
      while !metrics.text().contains("flux_market_spool_up 1") { try await Task.sleep(for: .milliseconds(20)) }
      task.cancel()
      try await task.value
      #expect(try await database.contents().count == 6)
    }
  }
}
