package import Feeds
package import Market

/// When the calls to one host may begin: the generic cell rate algorithm (ITU-T I.371), one instant of memory.
///
/// Calls are spaced by 60 s / rate. After a rest a few may go at once, so that a late timer does not cost throughput.
package struct HostBudget: Sendable, Hashable {
  /// Between two calls; nil where there is no limit.
  package private(set) var interval: Duration?
  /// Calls that may begin at once after a rest, at least 1.
  package let burst: Int
  /// When the next call would begin if all had been evenly spaced.
  private var nextInLine: Instant?
  private var newestPermit: Instant?

  /// - Parameter burst: calls that may begin at once after a rest, at least 1.
  package init(rate: Host.Rate, burst: Int = 1) {
    self.burst = max(1, burst)
    switch rate {
    case .unlimited: interval = nil
    // Slower than a call a day is no rate; it keeps the arithmetic finite too.
    case .perMinute(let rate): interval = Duration.seconds(60) / max(rate, 1 / 1_440)
    }
  }

  /// Paces a host as its file says: evenly where it is strict or slower than one call a second, else with bursts of
  /// at most a second's worth of calls and no more than go at once.
  package init(_ host: Host) {
    self.init(rate: host.rate, burst: min(host.atOnce, Self.secondsWorth(host)))
  }

  /// The same for a rate that others share: a second's worth, whoever has it at once, and beside it a round of the
  /// live feeds, which a backfill leaves to them.
  ///
  /// - Parameter liveRound: its calls; 0 where there is none.
  package init(shared host: Host, liveRound: Int) {
    let burst = Self.secondsWorth(host)
    self.init(rate: host.rate, burst: burst > 1 ? burst + liveRound : 1)
  }

  /// Calls of one second where bursts are allowed, else 1.
  static func secondsWorth(_ host: Host) -> Int {
    guard case .perMinute(let rate) = host.rate, !host.isStrict else { return 1 }
    return max(1, Int(min(rate, 60_000) / 60))
  }

  /// How far ahead of the even spacing calls may run.
  private var tolerance: Duration { (interval ?? .zero) * (burst - 1) }

  /// Spaces calls otherwise from now on.
  package mutating func space(by interval: Duration) { self.interval = interval }

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
