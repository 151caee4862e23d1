import Synchronization

/// Tasks that wait for a turn, first come, first served; one that is cancelled steps out.
final class WaitingLine<Turn: Sendable>: Sendable {
  private struct State {
    var waiters: [(id: Int, continuation: CheckedContinuation<Turn?, Never>)] = []
    var lastID = 0
    /// Cancelled before they stood in line.
    var gone: Set<Int> = []
  }

  private let state = Mutex(State())

  var count: Int { state.withLock { $0.waiters.count } }

  /// Called on an actor it stands in line before anything else runs there, so that no turn is missed.
  nonisolated(nonsending) func wait() async throws(CancellationError) -> Turn {
    let id = state.withLock { state in
      state.lastID += 1
      return state.lastID
    }
    let turn = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Turn?, Never>) in
        let isGone = state.withLock { state in
          if state.gone.remove(id) != nil { return true }
          state.waiters.append((id, continuation))
          return false
        }
        if isGone { continuation.resume(returning: nil) }
      }
    } onCancel: {
      abandon(id)
    }
    // A turn that came first is taken: its taker looks for cancellation himself.
    state.withLock { _ = $0.gone.remove(id) }
    guard let turn else { throw CancellationError() }
    return turn
  }

  /// Gives the turn to whoever has waited longest; false where nobody waits.
  func serve(_ turn: Turn) -> Bool {
    let first = state.withLock { $0.waiters.isEmpty ? nil : $0.waiters.removeFirst().continuation }
    first?.resume(returning: turn)
    return first != nil
  }

  private func abandon(_ id: Int) {
    let found = state.withLock { state in
      guard let place = state.waiters.firstIndex(where: { $0.id == id }) else {
        state.gone.insert(id)
        return CheckedContinuation<Turn?, Never>?.none
      }
      return state.waiters.remove(at: place).continuation
    }
    found?.resume(returning: nil)
  }
}
