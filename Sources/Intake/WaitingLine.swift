import Synchronization

/// Tasks that wait for a turn, first come, first served; one that is cancelled steps out.
///
/// To stand in line and to wait are two calls, since to await is to let others run: whoever serves in between must find
/// who is about to wait.
final class WaitingLine<Turn: Sendable>: Sendable {
  private typealias Continuation = CheckedContinuation<Turn?, Never>

  /// A place in line. Whoever takes one waits for its turn.
  struct Place: Sendable {
    fileprivate let id: Int
  }

  private struct State {
    /// nil: its task does not wait yet.
    var waiters: [(id: Int, continuation: Continuation?)] = []
    var lastID = 0
    /// What came to those who did not wait yet; nil where they were cancelled.
    var early: [Int: Turn?] = [:]
  }

  private let state = Mutex(State())

  var count: Int { state.withLock { $0.waiters.count } }

  func stand() -> Place {
    state.withLock { state in
      state.lastID += 1
      state.waiters.append((state.lastID, nil))
      return Place(id: state.lastID)
    }
  }

  /// - Throws: `CancellationError` where the task is cancelled before its turn.
  func turn(of place: Place) async throws(CancellationError) -> Turn {
    let turn = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let early = state.withLock { state -> Turn?? in
          if let index = state.waiters.firstIndex(where: { $0.id == place.id }) {
            state.waiters[index].continuation = continuation
            return nil
          }
          return state.early.removeValue(forKey: place.id)
        }
        if let early { continuation.resume(returning: early) }
      }
    } onCancel: {
      leave(place)
    }
    // A turn that came first is taken: its taker looks for cancellation himself.
    guard let turn else { throw CancellationError() }
    return turn
  }

  /// Gives the turn to whoever has waited longest; false where nobody waits.
  func serve(_ turn: Turn) -> Bool {
    let (wasTaken, waiting) = state.withLock { state -> (Bool, Continuation?) in
      guard !state.waiters.isEmpty else { return (false, nil) }
      let first = state.waiters.removeFirst()
      if first.continuation == nil { state.early.updateValue(turn, forKey: first.id) }
      return (true, first.continuation)
    }
    waiting?.resume(returning: turn)
    return wasTaken
  }

  private func leave(_ place: Place) {
    let waiting = state.withLock { state -> Continuation? in
      guard let index = state.waiters.firstIndex(where: { $0.id == place.id }) else { return nil }
      let waiter = state.waiters.remove(at: index)
      if waiter.continuation == nil { state.early.updateValue(nil, forKey: place.id) }
      return waiter.continuation
    }
    waiting?.resume(returning: nil)
  }
}
