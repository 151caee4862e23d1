import NIOCore
import Synchronization

/// Who reads the stream. Each has a bounded queue; one that does not keep up is hung up on.
final class LiveReaders: Sendable {
  private struct Reader {
    let queue: AsyncStream<LiveBatch>.Continuation
    let channel: any Channel
  }

  private struct State {
    var readers: [Int: Reader] = [:]
    var lastNumber = 0
    /// Where one who comes now may go on later; nil while the database was not heard yet.
    var place: Cursor?
    /// Why commits are not heard; nil while they are.
    var problem: String? = "the database was not reached yet"
    var dropped = 0
    var commits = 0
  }

  private let state = Mutex(State())
  private let most: Int
  private let backlog: Int

  /// - Parameters:
  ///   - most: how many read at once.
  ///   - backlog: how many batches one of them may be behind.
  init(most: Int, backlog: Int) {
    self.most = most
    self.backlog = backlog
  }

  var count: Int { state.withLock { $0.readers.count } }
  /// How many were hung up on since the start.
  var dropped: Int { state.withLock { $0.dropped } }
  var problem: String? { state.withLock { $0.problem } }
  /// How many times something was told to be there since the start; nil while commits are not heard.
  var commits: Int? { state.withLock { $0.problem == nil ? $0.commits : nil } }

  /// A reader's seat, given up when its last user is gone.
  final class Seat: Sendable {
    let batches: AsyncStream<LiveBatch>
    /// All that is told after it comes through `batches`.
    let place: Cursor?
    let problem: String?
    private let leave: @Sendable () -> Void

    fileprivate init(
      _ batches: AsyncStream<LiveBatch>, place: Cursor?, problem: String?, leave: @escaping @Sendable () -> Void
    ) {
      self.batches = batches
      self.place = place
      self.problem = problem
      self.leave = leave
    }

    deinit { leave() }

    /// Ends `batches`.
    func giveUp() { leave() }
  }

  /// - Returns: nil where all seats are taken.
  func join(_ channel: any Channel) -> Seat? {
    state.withLock { state in
      guard state.readers.count < most else { return nil }
      state.lastNumber += 1
      let number = state.lastNumber
      let (batches, queue) = AsyncStream.makeStream(of: LiveBatch.self, bufferingPolicy: .bufferingOldest(backlog))
      state.readers[number] = Reader(queue: queue, channel: channel)
      return Seat(batches, place: state.place, problem: state.problem) { [weak self] in self?.leave(number) }
    }
  }

  private func leave(_ number: Int) {
    let reader = state.withLock { $0.readers.removeValue(forKey: number) }
    reader?.queue.finish()
  }

  /// - Parameter place: where readers may go on who have seen it; nil where that has not changed.
  func tell(_ batch: LiveBatch, place: Cursor? = nil) {
    let slow = state.withLock { state in
      if let place {
        state.place = place
        // Before anybody hears of it: who then asks is not given what was read before.
        state.commits += 1
      }
      return Self.yield(batch, &state)
    }
    hangUp(on: slow)
  }

  /// - Parameters:
  ///   - problem: why commits are not heard from now on; nil where they are.
  ///   - place: as of ``tell(_:place:)``.
  ///   - batch: for those who read now, where that is news.
  /// - Returns: whether it is.
  @discardableResult
  func heard(_ problem: String?, place: Cursor? = nil, telling batch: LiveBatch? = nil) -> Bool {
    let (isNews, slow) = state.withLock { state in
      if let place { state.place = place }
      guard (state.problem == nil) != (problem == nil) else {
        state.problem = problem
        return (false, [Reader]())
      }
      // What was read before a silence may be older than what was not heard in it.
      if problem == nil { state.commits += 1 }
      state.problem = problem
      return (true, batch.map { Self.yield($0, &state) } ?? [])
    }
    hangUp(on: slow)
    return isNews
  }

  /// - Returns: those who are too far behind, and are readers no longer.
  private static func yield(_ batch: LiveBatch, _ state: inout State) -> [Reader] {
    var slow: [Reader] = []
    for (number, reader) in state.readers {
      if case .dropped = reader.queue.yield(batch) {
        slow.append(reader)
        state.readers[number] = nil
      }
    }
    state.dropped += slow.count
    return slow
  }

  private func hangUp(on slow: [Reader]) {
    for reader in slow {
      reader.queue.finish()
      // Its own task is stuck in a write that its client does not read.
      reader.channel.close(promise: nil)
    }
  }
}
