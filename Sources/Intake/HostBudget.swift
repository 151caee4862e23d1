package import Feeds
package import Market

/// When the calls to one host may begin: the generic cell rate algorithm (ITU-T I.371), one instant of memory.
///
/// Calls are spaced by 60 s / rate. After a rest a few may go at once, so that a late timer does not cost throughput.
package struct HostBudget: Sendable, Hashable {
  /// Between two calls; nil where there is no limit.
  private let interval: Duration?
  /// How far ahead of the even spacing calls may run.
  private let tolerance: Duration
  /// When the next call would begin if all had been evenly spaced.
  private var nextInLine: Instant?
  private var newestPermit: Instant?

  /// - Parameter burst: calls that may begin at once after a rest, at least 1.
  package init(rate: Host.Rate, burst: Int = 1) {
    switch rate {
    case .unlimited:
      interval = nil
      tolerance = .zero
    case .perMinute(let rate):
      // Slower than a call a day is no rate; it keeps the arithmetic finite too.
      let interval = Duration.seconds(60) / max(rate, 1 / 1_440)
      self.interval = interval
      tolerance = interval * max(0, burst - 1)
    }
  }

  /// Paces a host as its file says: evenly where it is strict or slower than one call a second, else with bursts of
  /// at most a second's worth of calls and no more than go at once.
  package init(_ host: Host) {
    var burst = 1
    if case .perMinute(let rate) = host.rate, !host.isStrict {
      burst = max(1, min(host.atOnce, Int(min(rate, 60_000) / 60)))
    }
    self.init(rate: host.rate, burst: burst)
  }

  /// Spends a permit.
  ///
  /// - Returns: when its call may begin: `now` or later, never before that of an earlier permit.
  package mutating func take(at now: Instant) -> Instant {
    guard let interval else { return max(now, nextInLine ?? now) }
    let line = nextInLine ?? now
    let start = max(now, line.advanced(by: .zero - tolerance))
    nextInLine = max(line, start).advanced(by: interval)
    newestPermit = start
    return start
  }

  /// Takes back the permit for `start`, whose call was given up before it began. Only the newest can be used again:
  /// after an older one others have been told their instants already.
  package mutating func giveBack(_ start: Instant) {
    guard let interval, start == newestPermit, let line = nextInLine else { return }
    nextInLine = line.advanced(by: .zero - interval)
    newestPermit = nil
  }

  /// Lets no call begin before `instant`: the server asked for a pause, or another process has the calls until then.
  package mutating func hold(until instant: Instant) {
    let line = instant.advanced(by: tolerance)
    nextInLine = max(line, nextInLine ?? line)
  }
}
