package import Intake
package import Market
import Synchronization

/// A clock that a test sets, and that jumps to whatever instant somebody waits for.
package final class TestClock: Sendable {
  private struct State {
    var now: Instant
    var sleeps: [Instant] = []
  }

  private let state: Mutex<State>

  package init(_ now: Instant) { state = Mutex(State(now: now)) }

  /// - Parameter text: RFC 3339. Real dates of the past: the database refuses what is ahead of its own clock.
  package convenience init(_ text: String) throws {
    guard let now = Instant(text) else { throw NoInstant(text: text) }
    self.init(now)
  }

  package var now: Instant { state.withLock { $0.now } }
  /// Until when somebody waited, in that order.
  package var sleeps: [Instant] { state.withLock { $0.sleeps } }

  package func set(_ instant: Instant) { state.withLock { $0.now = instant } }
  package func advance(by duration: Duration) { state.withLock { $0.now = $0.now.advanced(by: duration) } }

  /// Waiting takes no time; chance is always in the middle.
  package var pacing: Pacing {
    Pacing(
      now: { self.now },
      sleep: { instant in
        try Task.checkCancellation()
        self.state.withLock {
          $0.now = max($0.now, instant)
          $0.sleeps.append(instant)
        }
        await Task.yield()
      },
      random: { 0.5 })
  }

  struct NoInstant: Error { let text: String }
}
