internal import Market
import Synchronization

/// How many calls a minute each host allows, as its provider counts them: those of the last sixty seconds.
final class CallLimits: Sendable {
  private let limits: [SimulatedHost: Int]
  private let calls = Mutex<[SimulatedHost: [Instant]]>([:])

  init(_ limits: [SimulatedHost: Int]) { self.limits = limits }

  /// Whole seconds until the host answers again; nil where this call may be answered, which then counts.
  func secondsToWait(_ host: SimulatedHost, at now: Instant) -> Int? {
    guard let limit = limits[host] else { return nil }
    return calls.withLock { calls in
      var recent = (calls[host] ?? []).filter { $0 <= now && now.since($0) < .seconds(60) }
      defer { calls[host] = recent }
      guard recent.count >= limit else {
        recent.append(now)
        return nil
      }
      let free = recent[recent.count - limit].advanced(by: .seconds(60))
      return Int((free.since(now).microseconds + 999_999) / 1_000_000)
    }
  }
}

extension Reply {
  static func throttled(seconds: Int) -> Reply {
    var reply = Reply.text(
      .tooManyRequests, #"{"detail":"Request was throttled. Expected available in \#(seconds) seconds."}"#,
      contentType: "application/json")
    reply.retryAfter = seconds
    return reply
  }
}
