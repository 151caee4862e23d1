import FeedSupport
import Feeds
import Intake
import Leases
import Market
import Postgres
import Store
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

  /// When calls began, of all gates, in order. A busy machine makes them late, never early.
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
      let start = Pacing.steady.now()
      let begun = try await begun(gates, calls: 24)
      for (number, instant) in begun.enumerated() {
        #expect(instant.since(start) >= .milliseconds(100) * number)
      }
    }
  }

  @Test func `Two processes together keep the rate, but for a second's worth after a rest`() async throws {
    try await TestDatabase.with { database in
      let settings = try database.settings
      let host = host(1_200)
      let gates = (0..<2).map { _ in gate(host, settings) }
      let start = Pacing.steady.now()
      let begun = try await begun(gates, calls: 80)
      // 20 a second, 20 of them at once after a rest.
      for (number, instant) in begun.enumerated() {
        #expect(instant.since(start) >= .milliseconds(50) * (number + 1 - 20))
      }
    }
  }

  @Test func `A backfill slows down, and a live round begins at once whenever it comes`() async throws {
    try await TestDatabase.with { database in
      let settings = try database.settings
      // 50 a second, and 4 for the live round.
      let host = host(3_000)
      let backfill = gate(host, settings, liveRound: 4, isBackfill: true)
      try await Connection.with(settings) { db in
        try await db.query("SELECT flux_ops.hold_hosts('live', '{h}', '10 min')")
        for _ in 0..<4 {
          for _ in 0..<60 { try await backfill.withPermit {} }
          let round = try await HostCalls.take(
            4, of: "h", every: .milliseconds(20), burst: 54, reserve: 0, through: db)
          #expect(round.calls == 4 && round.firstIn + round.spacing * 3 <= .zero, "\(round)")
        }
      }
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
