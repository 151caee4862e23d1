import FeedSupport
import Feeds
import Foundation
import Intake
import Leases
import Market
import Postgres
import Store
import Support
import Synchronization
import Testing

@Suite struct `Collectors that share hosts` {
  private static let hosts = ["a", "b", "c", "d"].map {
    Host(id: $0, baseURL: "https://\($0).example", rate: .perMinute(60), atOnce: 1, isStrict: $0 == "d")
  }

  /// - Parameters:
  ///   - lease: long by default, and with it the patience for an answer: the machine may be busy.
  ///   - clock: of the collector; the leases' own time is the database's.
  private func keeper(
    _ holder: String, _ database: TestDatabase, lease: Duration = .seconds(60), clock: TestClock? = nil,
    shares: Bool = true, remembered: Set<String>? = nil,
    remember: @escaping @Sendable (Set<String>) -> Void = { _ in }
  ) throws -> LeaseKeeper {
    LeaseKeeper(
      Leases(hosts: Self.hosts, holder: holder, lease: lease, margin: lease / 10, remembered: remembered),
      database: try database.settings, shares: shares, pacing: clock?.pacing ?? .steady, remember: remember)
  }

  private func held(by keeper: LeaseKeeper) async -> [String] {
    var held: [String] = []
    for host in Self.hosts where await keeper.isOurs(host.id) { held.append(host.id) }
    return held
  }

  /// Renews all at once, each giving way as it is told, until `isSettled` says so of what each holds, 20 times at most.
  ///
  /// - Returns: what each held at the end; and how often two held one host.
  private func share(
    _ keepers: [LeaseKeeper], until isSettled: @Sendable ([[String]]) -> Bool
  ) async throws -> (held: [[String]], doubled: Int) {
    for keeper in keepers {
      Task {
        for await case .letGo(let host) in keeper.changes { await keeper.release(host) }
      }
    }
    var doubled = 0
    for _ in 0..<20 {
      await withTaskGroup(of: Void.self) { group in
        for keeper in keepers { group.addTask { await keeper.renew() } }
      }
      let held = await held(of: keepers)
      let all = held.joined()
      doubled += all.count - Set(all).count
      if isSettled(held) { return (held, doubled) }
    }
    return (await held(of: keepers), doubled)
  }

  private func held(of keepers: LeaseKeeper...) async -> [[String]] { await held(of: keepers) }

  private func held(of keepers: [LeaseKeeper]) async -> [[String]] {
    var held: [[String]] = []
    for keeper in keepers { held.append(await self.held(by: keeper)) }
    return held
  }

  @Test(arguments: [2, 10]) func `Each host is one's, and nobody has two more than another`(count: Int) async throws {
    try await TestDatabase.with { database in
      // A lease that outlasts the test, however busy the machine is.
      let keepers = try (1...count).map { try keeper("K\($0)", database, lease: .seconds(600)) }
      await keepers[0].renew()
      #expect(await held(by: keepers[0]) == ["a", "b", "c", "d"], "who is first has all")
      let (held, doubled) = try await share(keepers) { held in
        let counts = held.map(\.count)
        return counts.reduce(0, +) == 4 && (counts.max() ?? 0) - (counts.min() ?? 0) <= 1
      }
      #expect(Set(held.joined()) == ["a", "b", "c", "d"] && held.joined().count == 4)
      #expect((held.map(\.count).max() ?? 9) - (held.map(\.count).min() ?? 0) <= 1, "\(held)")
      #expect(doubled == 0)
    }
  }

  @Test func `When a holder dies another goes on within a lease and a renewal`() async throws {
    try await TestDatabase.with { database in
      // A fifth of the real times: 4 s here are 20 s there, and beside other tests a machine may be late.
      let lease = Duration.seconds(3)
      let (dead, other) = (try keeper("dead", database, lease: lease), try keeper("other", database, lease: lease))
      while await held(by: dead).count < 4 { await dead.renew() }
      let heardOf = try await Connection.with(try database.settings) { db in
        try await db.query("SELECT max(expires_at) - interval '3 s' FROM flux_ops.host").read(0, 0, as: Timestamp.self)
      }
      let run = Task { try await other.run() }
      var changes = other.changes.makeAsyncIterator()
      var gained: Set<Leases.Change> = []
      while gained.count < 4, let change = await changes.next() { gained.insert(change) }
      #expect(await held(by: other) == ["a", "b", "c", "d"])
      try await Connection.with(try database.settings) { db in
        // What the dead one was given last ended a lease after it was heard of last.
        let rows = try await db.query(
          """
          SELECT bool_and(epoch = 2 AND acquired_at - $1 BETWEEN interval '3 s' AND interval '20 s'),
            bool_or(half_rate_until > now() + interval '9 min') FILTER (WHERE host = 'd'),
            bool_and(half_rate_until IS NULL) FILTER (WHERE host <> 'd')
          FROM flux_ops.host
          """, [.value(heardOf)])
        #expect(try rows.read(0, 0, as: Bool.self))
        #expect(try rows.read(0, 1, as: Bool.self) && rows.read(0, 2, as: Bool.self), "the strict one at half rate")
      }
      run.cancel()
      try await run.value
    }
  }

  @Test func `One that ends gives all back at once`() async throws {
    try await TestDatabase.with { database in
      let (first, second) = (try keeper("first", database), try keeper("second", database))
      let run = Task { try await first.run() }
      var changes = first.changes.makeAsyncIterator()
      for _ in 0..<4 { _ = await changes.next() }
      run.cancel()
      try await run.value
      await second.renew()
      #expect(await held(of: first, second) == [[], ["a", "b", "c", "d"]])
      var lost: [Leases.Change] = []
      while let change = await changes.next() { lost.append(change) }
      #expect(lost == ["a", "b", "c", "d"].map { .lost(host: $0) }, "and the stream ends")
    }
  }

  @Test func `One that was paused and wakes up late changes nothing`() async throws {
    try await TestDatabase.with { database in
      let clock = try TestClock("2025-12-01T12:00:00Z")
      let paused = try keeper("paused", database, clock: clock)
      await paused.renew()
      let term = try #require(await paused.term(of: "a"))
      try await Connection.with(try database.settings) { db in
        try await db.execute("UPDATE flux_ops.host SET expires_at = now() - interval '1 s'")
        try await db.execute("UPDATE flux_ops.collector SET expires_at = now() - interval '1 s'")
        let successor = try keeper("successor", database)
        await successor.renew()
        let ours = try #require(await successor.term(of: "a"))
        #expect(try await FeedState.record(
          "f", attemptedAt: Instant(seconds: 2_000), error: nil, nextDue: nil, under: ours, through: db))
        // It wakes: by its own clock no time has passed, and it notes the round that it was in.
        #expect(await paused.isOurs("a"))
        #expect(try await !FeedState.record(
          "f", attemptedAt: Instant(seconds: 3_000), error: "late", nextDue: nil, under: term, through: db))
        let state = try #require(try await FeedState.read(through: db).first)
        #expect(state.lastAttemptAt == Instant(seconds: 2_000) && state.consecutiveFailures == 0)
        #expect(try await !HostLease.release(term, through: db))
        await paused.renew()
        #expect(await held(of: paused, successor) == [[], ["a", "b", "c", "d"]])
        // By a clock that went on, a strict host is stopped before anything is asked.
        clock.advance(by: .minutes(1))
        #expect(await !paused.isOurs("d"))
      }
    }
  }

  @Test func `Without its database one goes on with what an earlier start remembers`() async throws {
    let notes = Mutex<[Set<String>]>([])
    try await TestDatabase.with { database in
      let first = try keeper("first", database, remember: { held in notes.withLock { $0.append(held) } })
      await first.renew()
      await first.renew()
      await first.release("b")
    }
    #expect(notes.withLock { $0 } == [["a", "b", "c", "d"], ["a", "c", "d"]])
    let nowhere = try ConnectionSettings("postgres://a@127.0.0.1:9/flux")
    let second = LeaseKeeper(
      Leases(hosts: Self.hosts, holder: "second", remembered: notes.withLock { $0.last }), database: nowhere)
    await second.renew()
    #expect(await held(by: second) == ["a", "c"], "the strict one needs a lease")
    #expect(await second.problem is PostgresError)
  }

  @Test func `A run that is soon over takes what is free, and nobody makes room for it`() async throws {
    try await TestDatabase.with { database in
      let (service, once) = (try keeper("service", database), try keeper("once", database, shares: false))
      await service.renew()
      await once.renew()
      await service.renew()
      #expect(await held(of: once, service) == [[], ["a", "b", "c", "d"]])
      await service.claimNoMore()
      await service.release("c")
      await once.renew()
      await service.renew()
      #expect(await held(of: once, service) == [["c"], ["a", "b", "d"]])
    }
  }

  @Test func `One round waits for what another gives up, and learns who keeps the rest`() async throws {
    try await TestDatabase.with { database in
      let service = try keeper("service", database)
      await service.renew()
      await service.claimNoMore()
      let once = try keeper("once", database, clock: try TestClock("2025-12-01T12:00:00Z"), shares: false)
      let others = try await once.take(within: .seconds(20))
      #expect(others.map(\.host) == ["a", "b", "c", "d"] && others.allSatisfy { $0.holder == "service" })
      for host in ["a", "b", "c", "d"] { await service.release(host) }
      #expect(try await once.take(within: .seconds(20)) == [])
      #expect(await held(by: once) == ["a", "b", "c", "d"])
    }
  }

  @Test func `What is held is found again in its file, and a file that cannot be read is none`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "flux-held-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = HeldHosts(path: folder + "/hosts")
    #expect(file.read() == nil)
    try file.write(["b", "a"])
    #expect(file.read() == ["a", "b"])
    try file.write([])
    #expect(file.read() == [])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["hosts"], "nothing is left beside it")
    #expect(throws: (any Error).self) { try HeldHosts(path: folder + "/none/hosts").write(["a"]) }
  }

  @Test func `A database that is stuck costs a renewal no more than its share of the lease`() async throws {
    try await TestDatabase.with { database in
      try await Connection.with(try database.settings) { db in
        try await db.execute("BEGIN; SELECT pg_advisory_xact_lock(7159::bigint << 48)")
        let began = ContinuousClock.now
        let keeper = try keeper("K", database, lease: .seconds(1.5))
        await keeper.renew()
        // Without a limit it would wait for the end of this transaction.
        #expect(ContinuousClock.now - began < .seconds(20))
        #expect(await keeper.problem != nil)
        try await db.execute("ROLLBACK")
        // The strict one is ours for a second, in which a busy machine may not come to look.
        while await held(by: keeper).count < 4 { await keeper.renew() }
        #expect(await keeper.problem == nil)
      }
    }
  }
}
