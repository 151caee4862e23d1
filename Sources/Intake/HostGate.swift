package import Feeds
package import Market

/// Lets calls to one host through: no more at once than it may have, and no faster than its budget; first come, first
/// served. A retry and a page pass it like any other call.
package actor HostGate {
  private struct Waiter {
    let id: Int
    let continuation: CheckedContinuation<Instant?, Never>
  }

  private var budget: HostBudget
  private var free: Int
  private var waiters: [Waiter] = []
  private var lastID = 0
  private let now: @Sendable () -> Instant
  private let sleep: @Sendable (Instant) async throws -> Void

  /// - Parameters:
  ///   - now: the clock that the budget is counted by.
  ///   - sleep: returns at or after the instant given; throws `CancellationError` when its task is cancelled.
  package init(
    _ host: Host, now: @escaping @Sendable () -> Instant, sleep: @escaping @Sendable (Instant) async throws -> Void
  ) {
    budget = HostBudget(host)
    free = max(1, host.atOnce)
    self.now = now
    self.sleep = sleep
  }

  /// Runs `call` when it may, and gives its place back whatever becomes of it.
  ///
  /// - Throws: what `call` throws; `CancellationError` when the task is cancelled before its turn.
  package nonisolated(nonsending) func withPermit<Result: Sendable>(
    _ call: nonisolated(nonsending) () async throws -> Result
  ) async throws -> Result {
    try await enter()
    do {
      let result = try await call()
      await leave()
      return result
    } catch {
      await leave()
      throw error
    }
  }

  /// Waits for a place and a permit; each return is followed by one `leave`.
  ///
  /// - Throws: `CancellationError`; the place and, where nobody took a later one, the permit go back.
  package func enter() async throws {
    try Task.checkCancellation()
    let start = try await turn()
    do {
      // A permit is for one instant: waiting for it does not hold up who comes later and waits for his own.
      if start > now() { try await sleep(start) }
      try Task.checkCancellation()
    } catch {
      if start > now() { budget.giveBack(start) }
      leave()
      throw error
    }
  }

  /// Gives a place back, to whoever has waited longest.
  package func leave() {
    guard let next = waiters.first else {
      free += 1
      return
    }
    waiters.removeFirst()
    next.continuation.resume(returning: budget.take(at: now()))
  }

  /// Lets no call begin before `instant`, for a server that asked for a pause. Calls already let through go on.
  package func hold(until instant: Instant) { budget.hold(until: instant) }

  /// Lets no call begin within `pause` from now.
  package func hold(for pause: Duration) { hold(until: now().advanced(by: pause)) }

  /// How many calls wait for a place.
  package var waiting: Int { waiters.count }

  /// Takes a place and a permit, which are handed over together so that places cannot overtake permits.
  private func turn() async throws -> Instant {
    if free > 0 {
      free -= 1
      return budget.take(at: now())
    }
    lastID += 1
    let id = lastID
    let start = await withTaskCancellationHandler {
      await withCheckedContinuation { waiters.append(Waiter(id: id, continuation: $0)) }
    } onCancel: {
      Task { await self.abandon(id) }
    }
    guard let start else { throw CancellationError() }
    return start
  }

  /// Runs on the actor, hence after the waiter was queued. One whose turn has come already is left to `enter`.
  private func abandon(_ id: Int) {
    guard let place = waiters.firstIndex(where: { $0.id == id }) else { return }
    waiters.remove(at: place).continuation.resume(returning: nil)
  }
}
