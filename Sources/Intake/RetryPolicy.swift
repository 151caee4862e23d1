package import Fetch

/// Which failed requests are tried again, and after how long.
///
/// Full jitter: a random part of a pause that doubles, so that many collectors which failed together do not come back
/// together (Brooker, "Exponential Backoff And Jitter", 2015).
package struct RetryPolicy: Sendable, Hashable {
  /// The first one included: 3.
  package var tries: Int
  /// The longest pause after the first try: 1 s.
  package var base: Duration
  /// The longest pause after any: 30 s.
  package var ceiling: Duration
  /// A server that asks for more than this is left to the feed's next turn: 2 minutes.
  package var longestServerPause: Duration

  package init(
    tries: Int = 3, base: Duration = .seconds(1), ceiling: Duration = .seconds(30),
    longestServerPause: Duration = .seconds(120)
  ) {
    self.tries = tries
    self.base = base
    self.ceiling = ceiling
    self.longestServerPause = longestServerPause
  }

  /// The pause before the next try, or nil where there is none: the tries are used up, the server asked for too long a
  /// pause, or the error would only come again.
  ///
  /// - Parameters:
  ///   - triesDone: 1 after the first.
  ///   - random: from 0 up to, but not including, 1.
  package func pause(after error: FetchError, triesDone: Int, random: Double) -> Duration? {
    guard case .again(let asked) = error.remedy, triesDone < tries else { return nil }
    let jitter = longestPause(after: triesDone) * random
    guard let asked else { return jitter }
    // Never before the server's time, and not all at once when it has come.
    return asked <= longestServerPause ? asked + jitter : nil
  }

  private func longestPause(after triesDone: Int) -> Duration {
    var pause = base
    for _ in 1..<max(1, triesDone) where pause < ceiling { pause *= 2 }
    return min(pause, ceiling)
  }
}
