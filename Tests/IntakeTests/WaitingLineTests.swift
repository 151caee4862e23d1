import Intake
import Testing

@Suite struct `A line of tasks` {
  @Test func `Gives turns in the order in which they stood, also to one who does not wait yet`() async throws {
    let line = WaitingLine<String>()
    let (first, second) = (line.stand(), line.stand())
    #expect(line.serve("one") && line.serve("two") && !line.serve("three"))
    #expect(try await line.wait(with: second) == "two")
    #expect(try await line.wait(with: first) == "one")
    #expect(line.count == 0)
  }

  @Test func `Is left by one that is cancelled, before it waits or meanwhile`() async throws {
    let line = WaitingLine<Int>()
    let (early, late, last) = (line.stand(), line.stand(), line.stand())
    let cancelled = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await line.wait(with: early)
    }
    await #expect(throws: CancellationError.self) { try await cancelled.value }
    let waiting = Task { try await line.wait(with: late) }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    #expect(line.count == 1 && line.serve(7))
    #expect(try await line.wait(with: last) == 7)
  }

  @Test func `Gives a turn that came first even to one that is cancelled`() async throws {
    let line = WaitingLine<Int>()
    let ticket = line.stand()
    #expect(line.serve(1))
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await line.wait(with: ticket)
    }
    #expect(try await task.value == 1)
  }
}
