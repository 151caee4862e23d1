import Fetch
package import Market

/// Whether a host may be asked at all: one that keeps failing is left alone, with pauses that grow, and after each is
/// asked by one call alone. The first answer ends it.
///
/// Full jitter as in ``RetryPolicy``; what is the request's own fault, a 404 for one, is an answer like any other.
package struct HostHealth: Sendable, Hashable {
  /// Failures in a row after which it rests: 5.
  package let mostFailures: Int
  /// The longest first rest: 5 s; each may be twice as long as the one before.
  package let base: Duration
  /// The longest rest of all: 5 minutes.
  package let ceiling: Duration

  private var failures = 0
  private var rests = 0
  private var restsUntil: Instant?
  private var isProbed = false

  package init(mostFailures: Int = 5, base: Duration = .seconds(5), ceiling: Duration = .seconds(300)) {
    self.mostFailures = mostFailures
    self.base = base
    self.ceiling = ceiling
  }

  package enum Turn: Hashable, Sendable {
    /// The call may be made, and what came of it is to be noted.
    case go
    /// The host rests until then.
    case wait(until: Instant)
    /// Another call finds out first.
    case afterProbe
  }

  package enum Outcome: Hashable, Sendable {
    case answered
    /// No connection, no answer in time, a server's error, or a plea to slow down.
    case failed
    /// Given up by its caller.
    case unknown

    /// - Parameter error: what a call threw; nil where it brought a reply.
    package init(of error: (any Error)?) {
      guard let error else {
        self = .answered
        return
      }
      guard let error = error as? FetchError else {
        self = .unknown
        return
      }
      switch error.reason {
      case .unknownHost, .connectionFailed, .timedOut, .broken, .untrustedServer, .transport: self = .failed
      case .status(let code): self = code >= 500 || code == 429 || code == 408 ? .failed : .answered
      case .webPage, .wrongType, .tooLarge, .corruptCompression, .redirected, .badScheme, .badHeader: self = .answered
      case .cancelled, .shutDown: self = .unknown
      }
    }
  }

  package mutating func turn(at now: Instant) -> Turn {
    guard let restsUntil else { return .go }
    if now < restsUntil { return .wait(until: restsUntil) }
    if isProbed { return .afterProbe }
    isProbed = true
    return .go
  }

  /// - Parameter random: called for a rest alone; from 0 up to, but not including, 1.
  package mutating func note(_ outcome: Outcome, at now: Instant, random: @autoclosure () -> Double) {
    switch outcome {
    case .answered:
      (failures, rests, restsUntil, isProbed) = (0, 0, nil, false)
    case .unknown:
      isProbed = false
    case .failed:
      failures += 1
      // Calls that were under way when the rest began say nothing new.
      guard isProbed || (restsUntil == nil && failures >= mostFailures) else { return }
      isProbed = false
      restsUntil = now.advanced(by: longestRest * random())
      rests += 1
    }
  }

  /// Until when it is left alone; nil where it is asked as usual.
  package var rest: Instant? { restsUntil }

  private var longestRest: Duration {
    var rest = base
    for _ in 0..<rests where rest < ceiling { rest *= 2 }
    return min(rest, ceiling)
  }
}
