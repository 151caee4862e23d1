import Intake
import Market
import Synchronization

/// Sleeps until an instant, or until somebody rings, whichever is first. A ring while nobody sleeps is not lost.
final class Bell: Sendable {
  private struct State {
    var hasRung = false
    /// Who sleeps, and the how manieth sleep it is.
    var sleeper: CheckedContinuation<Void, Never>?
    var sleep = 0
  }

  private let pacing: Pacing
  private let state = Mutex(State())

  init(_ pacing: Pacing) { self.pacing = pacing }

  func ring() {
    let sleeper = state.withLock { state in
      state.hasRung = state.sleeper == nil
      return state.sleeper.take()
    }
    sleeper?.resume()
  }

  /// Returns at once in a cancelled task. One sleeps at a time.
  func wait(until instant: Instant) async {
    let sleep = state.withLock { state in
      state.sleep += 1
      return state.sleep
    }
    let timer = Task { [pacing] in
      try? await pacing.sleep(instant)
      wake(sleep)
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if state.hasRung || Task.isCancelled {
            state.hasRung = false
            return true
          }
          state.sleeper = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      wake(sleep)
    }
    timer.cancel()
  }

  /// Ends the sleep of that number, if it is not over yet.
  private func wake(_ sleep: Int) {
    let sleeper = state.withLock { state in state.sleep == sleep ? state.sleeper.take() : nil }
    sleeper?.resume()
  }
}
