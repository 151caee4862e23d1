import Synchronization

/// What came in pieces, on whatever thread.
package final class Gathered<Item: Sendable>: Sendable {
  private let state = Mutex<(items: [Item], pieces: Int)>(([], 0))

  package init() {}

  package var items: [Item] { state.withLock { $0.items } }
  package var pieces: Int { state.withLock { $0.pieces } }

  package func add(_ more: [Item]) {
    state.withLock {
      $0.items += more
      $0.pieces += 1
    }
  }
}
