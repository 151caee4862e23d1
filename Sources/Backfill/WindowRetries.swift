import Fetch
package import Market

/// Which windows that failed are asked for again, and when. Each time the request has had its own few tries before.
package struct WindowRetries: Hashable, Sendable {
  /// Failures after which a window is set aside: 3.
  package var mostFailures: Int
  /// The pause after the first failure, 5 s; four times as long after each further one.
  package var firstPause: Duration

  /// A server that asks for a longer pause gets another call after this one: a year's `Retry-After` is a mistake.
  private static let longestPause = Duration.hours(1)

  package init(mostFailures: Int = 3, firstPause: Duration = .seconds(5)) {
    self.mostFailures = mostFailures
    self.firstPause = firstPause
  }

  /// When the window is asked for again; nil where it is set aside: it failed too often, or would only fail again.
  ///
  /// - Parameter failures: this one included.
  package func nextTry(after error: any Error, failures: Int, at now: Instant) -> Instant? {
    guard failures < mostFailures else { return nil }
    // Nobody is in trouble: it was only asked too early.
    if error is Overtaken { return now }
    guard let error = error as? FetchError, case .again(let asked) = error.remedy else { return nil }
    let pause = firstPause * (1 << (2 * (failures - 1)))
    return now.advanced(by: max(pause, min(asked ?? .zero, Self.longestPause)))
  }
}

/// Somebody else observed the window later than each of our replies to it.
package struct Overtaken: Error, CustomStringConvertible {
  package var description: String { "others kept observing it later than we did: run the same command again" }
}
