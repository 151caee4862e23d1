import Synchronization

/// Tasks that wait for a turn, first come, first served; one that is cancelled steps out.
///
/// Standing in line and waiting are two calls: between an actor's look at what is free and the suspension of its task
/// others may run on the actor, and a turn that they give must find the one who stands.
package final class WaitingLine<Turn: Sendable>: Sendable {
  private struct State {
    /// Whose turn has not come, by ticket.
    var line: [Int] = []
    var waiting: [Int: CheckedContinuation<Turn?, Never>] = [:]
    /// Served before they waited.
    var served: [Int: Turn] = [:]
    /// Cancelled before they waited.
    var gone: Set<Int> = []
    var lastTicket = 0
  }

  private let state = Mutex(State())

  package init() {}

  package var count: Int { state.withLock { $0.line.count } }

  /// Takes a place at the end of the line; each is followed by one ``wait(with:)``.
  package func stand() -> Int {
    state.withLock { state in
      state.lastTicket += 1
      state.line.append(state.lastTicket)
      return state.lastTicket
    }
  }

  /// - Throws: where the task is cancelled before its turn came. One that came first is given all the same.
  package func wait(with ticket: Int) async throws(CancellationError) -> Turn {
    let turn = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Turn?, Never>) in
        let known: Turn?? = state.withLock { state in
          if let turn = state.served.removeValue(forKey: ticket) { return .some(turn) }
          if state.gone.remove(ticket) != nil { return .some(nil) }
          state.waiting[ticket] = continuation
          return nil
        }
        if let known { continuation.resume(returning: known) }
      }
    } onCancel: {
      abandon(ticket)
    }
    guard let turn else { throw CancellationError() }
    return turn
  }

  /// Gives the turn to whoever has stood longest; false where nobody stands.
  package func serve(_ turn: Turn) -> Bool {
    let (isServed, continuation) = state.withLock { state in
      guard !state.line.isEmpty else { return (false, CheckedContinuation<Turn?, Never>?.none) }
      let ticket = state.line.removeFirst()
      let continuation = state.waiting.removeValue(forKey: ticket)
      if continuation == nil { state.served[ticket] = turn }
      return (true, continuation)
    }
    continuation?.resume(returning: turn)
    return isServed
  }

  private func abandon(_ ticket: Int) {
    let continuation = state.withLock { state in
      guard let place = state.line.firstIndex(of: ticket) else { return CheckedContinuation<Turn?, Never>?.none }
      state.line.remove(at: place)
      let continuation = state.waiting.removeValue(forKey: ticket)
      if continuation == nil { state.gone.insert(ticket) }
      return continuation
    }
    continuation?.resume(returning: nil)
  }
}
