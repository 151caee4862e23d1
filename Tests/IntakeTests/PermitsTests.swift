import FeedSupport
import Feeds
import Intake
import Market
import Synchronization
import Testing

@Suite struct `A gate whose host has other callers` {
  /// The row of a host, as a test moves it.
  private final class Row: Sendable {
    struct State: Sendable {
      var asked: [Int] = []
      var askedAt: [Instant] = []
      var excess = 0
      var pauses: [Duration] = []
      var isAway = false
      var mayGoOn = true
      var spacing = Duration.seconds(0.2)
      /// Granted is nothing for so many times.
      var refusals = 0
    }

    struct Away: Error {}
    let state = Mutex(State())
    let clock: TestClock

    init(_ clock: TestClock) { self.clock = clock }

    var source: PermitSource {
      PermitSource(
        take: { [self] calls, every, burst in
          try state.withLock { state in
            if state.isAway { throw Away() }
            state.asked.append(calls)
            state.askedAt.append(clock.now)
            if state.refusals > 0 {
              state.refusals -= 1
              return PermitBlock(calls: 0, firstIn: .seconds(3), spacing: state.spacing)
            }
            return PermitBlock(calls: calls, firstIn: .zero, spacing: state.spacing)
          }
        },
        hold: { [self] pause in state.withLock { $0.pauses.append(pause) } },
        countExcess: { [self] calls in state.withLock { $0.excess += calls } },
        mayGoOn: { [self] in state.withLock { $0.mayGoOn } })
    }

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }
    var asked: [Int] { state.withLock { $0.asked } }
    var askedAt: [Instant] { state.withLock { $0.askedAt } }
    var excess: Int { state.withLock { $0.excess } }
  }

  private func gate(
    _ row: Row, rate: Host.Rate = .perMinute(300), atOnce: Int = 8, isStrict: Bool = false
  ) -> HostGate {
    let pacing = row.clock.pacing
    let host = Host(id: "h", baseURL: "https://example.org", rate: rate, atOnce: atOnce, isStrict: isStrict)
    return HostGate(host, now: pacing.now, sleep: pacing.sleep, random: pacing.random, permits: row.source)
  }

  private func call(_ gate: HostGate, _ clock: TestClock) async throws -> Instant {
    try await gate.withPermit { clock.now }
  }

  @Test func `Asks the row for a second's worth, and uses that before it asks again`() async throws {
    let clock = try TestClock("2025-12-01T12:00:00Z")
    let row = Row(clock)
    let gate = gate(row)
    let start = clock.now
    for _ in 0..<5 { _ = try await call(gate, clock) }
    #expect(row.asked == [5])
    #expect(clock.now >= start.advanced(by: .seconds(0.8)), "evenly, as the row said")
    _ = try await call(gate, clock)
    #expect(row.asked == [5, 5])
  }

  @Test func `Updates the row once a second at most`() async throws {
    let clock = try TestClock("2025-12-01T12:00:00Z")
    let row = Row(clock)
    row.change { $0.spacing = .zero }
    let gate = gate(row)
    for _ in 0..<20 { _ = try await call(gate, clock) }
    let times = row.askedAt
    #expect(times.count >= 4)
    for (earlier, later) in zip(times, times.dropFirst()) { #expect(later.since(earlier) >= .seconds(1)) }
  }

  @Test func `Keeps no permit for longer than a second`() async throws {
    let clock = try TestClock("2025-12-01T12:00:00Z")
    let row = Row(clock)
    let gate = gate(row)
    _ = try await call(gate, clock)
    clock.advance(by: .minutes(5))
    _ = try await call(gate, clock)
    #expect(row.asked == [5, 5])
  }

  @Test func `Asks for one call alone where the host takes no bursts`() async throws {
    let clock = try TestClock("2025-12-01T12:00:00Z")
    let row = Row(clock)
    row.change { $0.spacing = .seconds(60) }
    let gate = gate(row, rate: .perMinute(1), atOnce: 1, isStrict: true)
    let start = clock.now
    for _ in 0..<3 { _ = try await call(gate, clock) }
    #expect(row.asked == [1, 1, 1])
    // The row of this test grants at once, and the gate's own budget holds all the same.
    #expect(clock.now == start.advanced(by: .minutes(2)))
  }

  @Test func `Never touches the row of a host without a limit`() async throws {
    let clock = try TestClock("2025-12-01T12:00:00Z")
    let row = Row(clock)
    row.change { $0.isAway = true }
    let gate = gate(row, rate: .unlimited)
    for _ in 0..<50 { _ = try await call(gate, clock) }
    await gate.hold(for: .seconds(1))
    #expect(row.asked.isEmpty && row.state.withLock { $0.pauses.isEmpty })
  }

  @Test func `Waits as long as the row says where nothing is granted`() async throws {
    let clock = try TestClock("2025-12-01T12:00:00Z")
    let row = Row(clock)
    row.change { $0.refusals = 2 }
    let start = clock.now
    let begun = try await call(gate(row), clock)
    #expect(begun == start.advanced(by: .seconds(6)) && row.asked.count == 3)
  }

  @Test func `Goes on at the rate last had while the database is away, and reports it when it is back`() async throws {
    let clock = try TestClock("2025-12-01T12:00:00Z")
    let row = Row(clock)
    row.change { $0.spacing = .seconds(0.4) }
    let gate = gate(row, atOnce: 1)
    _ = try await call(gate, clock)
    row.change { $0.isAway = true }
    clock.advance(by: .minutes(1))
    let start = clock.now
    for _ in 0..<11 { _ = try await call(gate, clock) }
    #expect(clock.now.since(start) == .milliseconds(2_400), "five after the rest, then at half rate as before")
    #expect(await gate.excess == 11)
    row.change { $0.isAway = false }
    clock.advance(by: .seconds(10))
    _ = try await call(gate, clock)
    while await gate.excess > 0 { await Task.yield() }
    #expect(row.excess == 11)
  }

  @Test func `Gives up at once where it may not go on without`() async throws {
    let clock = try TestClock("2025-12-01T12:00:00Z")
    let row = Row(clock)
    row.change { ($0.isAway, $0.mayGoOn) = (true, false) }
    let gate = gate(row)
    for _ in 0..<3 { await #expect(throws: NoPermit.self) { try await call(gate, clock) } }
    row.change { $0.isAway = false }
    #expect(try await call(gate, clock) >= clock.now.advanced(by: .seconds(-1)))
  }

  @Test func `Waits a whole interval first where a strict host's earlier calls are not known`() async throws {
    let clock = try TestClock("2025-12-01T12:00:00Z")
    let row = Row(clock)
    row.change { $0.isAway = true }
    let start = clock.now
    let begun = try await call(gate(row, rate: .perMinute(1), atOnce: 1, isStrict: true), clock)
    #expect(begun == start.advanced(by: .seconds(60)))
  }

  @Test func `Tells all others of a pause that the server asked for`() async throws {
    let clock = try TestClock("2025-12-01T12:00:00Z")
    let row = Row(clock)
    let gate = gate(row)
    await gate.hold(for: .seconds(30))
    #expect(row.state.withLock { $0.pauses } == [.seconds(30)])
    let start = clock.now
    #expect(try await call(gate, clock) == start.advanced(by: .seconds(30)))
  }

  @Test func `Lets go of what waits for a permit when it is cancelled`() async throws {
    let clock = try TestClock("2025-12-01T12:00:00Z")
    let row = Row(clock)
    let gate = gate(row, atOnce: 1)
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await call(gate, clock)
    }
    await #expect(throws: CancellationError.self) { _ = try await task.value }
    _ = try await call(gate, clock)
  }
}
