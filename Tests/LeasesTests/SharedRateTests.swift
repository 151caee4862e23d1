import FeedSupport
import Feeds
import Intake
import Leases
import Market
import Postgres
import Support
import Testing

/// By real clocks, since the database's is one: the times are short, the rates high.
@Suite struct `A rate that processes share` {
  private func host(_ rate: Double, atOnce: Int = 8, isStrict: Bool = false) -> Host {
    Host(id: "h", baseURL: "https://h.example", rate: .perMinute(rate), atOnce: atOnce, isStrict: isStrict)
  }

  /// A process's gate: its connection and its budget are its own.
  private func gate(
    _ host: Host, _ database: ConnectionSettings, liveRound: Int = 0, isBackfill: Bool = false
  ) -> HostGate {
    HostGate(
      host, now: Pacing.steady.now, sleep: Pacing.steady.sleep, liveRound: liveRound,
      permits: HostPermits(database).source(for: host.id, reserve: isBackfill ? liveRound : 0, mayGoOn: { false }))
  }

  /// When calls began, of all gates, in order.
  private func begun(_ gates: [HostGate], calls: Int) async throws -> [Instant] {
    try await withThrowingTaskGroup(of: Instant.self) { group in
      for number in 0..<calls {
        let gate = gates[number % gates.count]
        group.addTask { try await gate.withPermit { Pacing.steady.now() } }
      }
      var begun: [Instant] = []
      for try await instant in group { begun.append(instant) }
      return begun.sorted()
    }
  }

  @Test func `A strict host's calls are evenly spaced, whoever makes them`() async throws {
    try await TestDatabase.with { database in
      let settings = try database.settings
      let host = host(600, atOnce: 4, isStrict: true)
      let gates = (0..<3).map { _ in gate(host, settings) }
      let begun = try await begun(gates, calls: 24)
      for first in begun.indices {
        for last in begun.indices where last > first {
          // Timers are late by a little, and the call before may have been.
          #expect(begun[last].since(begun[first]) >= .seconds(0.1) * (last - first) - .milliseconds(60))
        }
      }
    }
  }

  @Test func `Two processes together have no more than the rate, a second's worth and what each keeps at hand`() async throws {
    try await TestDatabase.with { database in
      let settings = try database.settings
      let host = host(1_200)
      let gates = (0..<2).map { _ in gate(host, settings) }
      let begun = try await begun(gates, calls: 80)
      // 20 a second; 20 may begin at once, and a permit is used within a second.
      for first in begun.indices where first + 41 < begun.count {
        let span = begun[begun.count - 1].since(begun[first])
        #expect(begun.count - first <= 41 + Int(span / .milliseconds(50)))
      }
      try await Connection.with(settings) { db in
        let line = try await db.query(
          "SELECT extract(epoch FROM next_call_at - now())::float8 FROM flux_ops.host WHERE host = 'h'")
        #expect(try line.read(0, 0, as: Double.self) <= 1.1, "nothing is taken far ahead")
      }
    }
  }

  @Test func `A backfill slows down, and a live round does not`() async throws {
    try await TestDatabase.with { database in
      let settings = try database.settings
      try await Connection.with(settings) { db in
        try await db.query("SELECT flux_ops.hold_hosts('live', '{h}', '1 min')")
      }
      let host = host(600)
      let live = gate(host, settings, liveRound: 4)
      let backfill = gate(host, settings, liveRound: 4, isBackfill: true)
      let flood = Task {
        await withTaskGroup(of: Int.self) { group in
          for _ in 0..<6 {
            group.addTask {
              var calls = 0
              while (try? await backfill.withPermit {}) != nil { calls += 1 }
              return calls
            }
          }
          return await group.reduce(0, +)
        }
      }
      // Once the backfill has spent all that it may.
      try await Task.sleep(for: .milliseconds(300))
      var longest = Duration.zero
      for _ in 0..<4 {
        let asked = ContinuousClock.now
        try await live.withPermit {}
        longest = max(longest, ContinuousClock.now - asked)
      }
      flood.cancel()
      #expect(longest < .milliseconds(90), "less than one interval of 100 ms")
      #expect(await flood.value >= 10)
    }
  }

  @Test func `A pause that one process is asked for holds for the others`() async throws {
    try await TestDatabase.with { database in
      let settings = try database.settings
      let host = host(6_000)
      let (asked, other) = (gate(host, settings), gate(host, settings))
      let start = Pacing.steady.now()
      await asked.hold(for: .milliseconds(500))
      #expect(try await other.withPermit { Pacing.steady.now() }.since(start) >= .milliseconds(480))
    }
  }
}
