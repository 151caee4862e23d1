import Feeds
import Fetch
import Intake
import Market
import Synchronization
import Testing

@Suite struct `The gate of a host` {
  /// A clock that jumps to whatever instant somebody waits for.
  private final class Clock: Sendable {
    private let time = Mutex(Instant(seconds: 0))
    var now: Instant { time.withLock { $0 } }

    func jump(to instant: Instant) { time.withLock { $0 = max($0, instant) } }
  }

  /// What tasks saw, in the order they saw it.
  private final class Notes<Note: Sendable>: Sendable {
    private let notes = Mutex<[Note]>([])
    var all: [Note] { notes.withLock { $0 } }

    func add(_ note: Note) { notes.withLock { $0.append(note) } }
  }

  private func gate(_ rate: Host.Rate, atOnce: Int, _ clock: Clock) -> HostGate {
    let host = Host(id: "h", baseURL: "https://example.org", rate: rate, atOnce: atOnce, isStrict: true)
    return HostGate(host, now: { clock.now }, sleep: { instant in
      try Task.checkCancellation()
      clock.jump(to: instant)
    })
  }

  @Test func `No more calls are in flight than the host may have at once`() async throws {
    let gate = gate(.unlimited, atOnce: 3, Clock())
    let changes = Notes<Int>()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<100 {
        group.addTask {
          try await gate.withPermit {
            changes.add(1)
            await Task.yield()
            changes.add(-1)
          }
        }
      }
      try await group.waitForAll()
    }
    var inFlight = 0
    var most = 0
    for change in changes.all {
      inFlight += change
      most = max(most, inFlight)
    }
    #expect(changes.all.count == 200)
    #expect(most <= 3)
    #expect(inFlight == 0)
  }

  @Test func `Calls wait for their permits`() async throws {
    let clock = Clock()
    let gate = gate(.perMinute(1), atOnce: 1, clock)
    var begun: [Instant] = []
    for _ in 0..<3 { begun.append(try await gate.withPermit { clock.now }) }
    #expect(begun == [Instant(seconds: 0), Instant(seconds: 60), Instant(seconds: 120)])
  }

  @Test func `A call that fails gives its place back`() async throws {
    struct Failed: Error {}
    let gate = gate(.unlimited, atOnce: 1, Clock())
    for _ in 0..<3 {
      await #expect(throws: Failed.self) { try await gate.withPermit { throw Failed() } }
    }
    #expect(try await gate.withPermit { 7 } == 7)
  }

  @Test func `Those who wait are let through in their order, without those who gave up`() async throws {
    let gate = gate(.unlimited, atOnce: 1, Clock())
    let order = Notes<Int>()
    try await gate.enter()
    var tasks: [Task<Void, any Error>] = []
    for number in 0..<6 {
      let task = Task {
        try await gate.enter()
        order.add(number)
        await gate.leave()
      }
      tasks.append(task)
      while await gate.waiting < number + 1 { await Task.yield() }
    }
    tasks[2].cancel()
    await #expect(throws: CancellationError.self) { try await tasks[2].value }
    await gate.leave()
    for number in [0, 1, 3, 4, 5] { try await tasks[number].value }
    #expect(order.all == [0, 1, 3, 4, 5])
    #expect(try await gate.withPermit { true })
  }

  @Test func `A host that keeps failing is left alone, then asked by one call, then by all`() async throws {
    let clock = Clock()
    let gate = gate(.unlimited, atOnce: 4, clock)
    let request = Request(.get, try RedactedURL("https://example.org/"))
    for _ in 0..<5 {
      await #expect(throws: FetchError.self) {
        try await gate.withPermit { throw FetchError(request, .again(after: nil), .timedOut("too slow")) }
      }
    }
    let rest = try #require(await gate.rest)
    #expect(rest > clock.now && rest <= Instant(seconds: 5))
    let begun = Notes<Instant>()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          try await gate.withPermit {
            begun.add(clock.now)
            // Time enough for the others to come, were they let through.
            for _ in 0..<200 { await Task.yield() }
            if begun.all.count == 1 { clock.jump(to: rest.advanced(by: .seconds(1))) }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(begun.all.first == rest)
    #expect(begun.all.dropFirst() == ArraySlice(repeating: rest.advanced(by: .seconds(1)), count: 3))
    #expect(await gate.rest == nil)
  }

  @Test func `A call cancelled while it waits for its time gives place and permit back`() async throws {
    let clock = Clock()
    let host = Host(id: "h", baseURL: "https://example.org", rate: .perMinute(1), atOnce: 1, isStrict: true)
    let asleep = Notes<Instant>()
    let gate = HostGate(host, now: { clock.now }, sleep: { instant in
      asleep.add(instant)
      while asleep.all.count == 1 {
        try Task.checkCancellation()
        await Task.yield()
      }
      clock.jump(to: instant)
    })
    _ = try await gate.withPermit {}
    let task = Task { try await gate.withPermit {} }
    while asleep.all.isEmpty { await Task.yield() }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    let begun = try await gate.withPermit { clock.now }
    #expect(begun == Instant(seconds: 60))
  }
}
