import Synchronization

/// Whether a reading waits, for its turn, for a token or for its next try, or is at work: one that waits may be broken
/// off when the program ends, one whose request is under way is worth waiting for.
package final class WaitState: Sendable {
  private struct State {
    var isWaiting = false
    var isEnding = false
  }

  private let state = Mutex(State())

  package init() {}

  /// Nothing is waited for any more.
  ///
  /// - Returns: whether the reading waits now, so that its task is to be cancelled.
  package func end() -> Bool {
    state.withLock { state in
      state.isEnding = true
      return state.isWaiting
    }
  }

  /// - Throws: where there is nothing to be waited for any more.
  func wait() throws(CancellationError) {
    let isEnding = state.withLock { state in
      state.isWaiting = !state.isEnding
      return state.isEnding
    }
    if isEnding { throw CancellationError() }
  }

  func work() { state.withLock { $0.isWaiting = false } }
}
