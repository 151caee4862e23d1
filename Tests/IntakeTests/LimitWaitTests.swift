import FeedSupport
import Feeds
import Intake
import Market
import Testing

@Suite struct `What a host's limit costs` {
  @Test func `The time in which any call waited is counted, and once`() {
    func at(_ second: Int64) -> Instant { Instant(seconds: second) }
    var wait = LimitWait()
    #expect(wait.total(at: at(5)) == .zero)
    wait.begin(at: at(10))
    wait.begin(at: at(12))
    #expect(wait.total(at: at(13)) == .seconds(3))
    wait.end(at: at(14))
    wait.end(at: at(16))
    #expect(wait.total(at: at(100)) == .seconds(6))
    wait.begin(at: at(100))
    wait.end(at: at(101))
    #expect(wait.total(at: at(200)) == .seconds(7))
  }

  @Test func `A gate counts its rate and a server's plea for a pause, and nothing of the calls themselves`() async throws {
    let clock = try TestClock("2025-12-01T12:00:00Z")
    let host = Host(id: "h", baseURL: "https://example.org", rate: .perMinute(1), atOnce: 1, isStrict: true)
    let gate = HostGate(host, now: clock.pacing.now, sleep: clock.pacing.sleep)
    for _ in 0..<3 { try await gate.withPermit { clock.advance(by: .seconds(10)) } }
    #expect(await gate.waitedForLimit == .seconds(100))
    await gate.hold(for: .seconds(300))
    try await gate.withPermit {}
    #expect(await gate.waitedForLimit == .seconds(400))
    let free = HostGate(
      Host(id: "h", baseURL: "https://example.org", rate: .unlimited, atOnce: 1, isStrict: false),
      now: clock.pacing.now, sleep: clock.pacing.sleep)
    for _ in 0..<3 { try await free.withPermit { clock.advance(by: .seconds(10)) } }
    #expect(await free.waitedForLimit == .zero)
  }
}
