import Collector
import Feeds
import Market

/// A source that publishes each period of a day once soon after it ended and once more a day later, as Elexon does.
struct Source {
  let london: LondonClock
  /// From a period's end to its first value.
  var firstLag: (Instant) -> Duration = { _ in .minutes(15) }
  /// From a period's end to its second.
  var secondLag: (Instant) -> Duration = { _ in .hours(24) + .minutes(15) }

  /// What it says of a window at an instant: a value for each period that is out.
  func reply(_ window: Window, at now: Instant) -> Batch {
    var batch = Batch(feed: "prices", window: window, observedAt: now)
    var time = window.from
    while time < window.to {
      let end = time.advanced(by: .minutes(30))
      if end.advanced(by: firstLag(time)) <= now {
        batch.observations.append(Observation(time: time, signal: 3, value: 1))
        let lag = end.advanced(by: secondLag(time)) <= now ? secondLag(time) : firstLag(time)
        batch.leastAge = min(batch.leastAge ?? lag, lag)
      }
      time = end
    }
    return batch
  }
}

/// A schedule that is followed through virtual time.
struct Follower {
  var schedule: FeedSchedule
  var now: Instant
  let source: Source
  /// Every request: when, for which window, why.
  private(set) var asked: [(at: Instant, window: Window?, reason: FeedSchedule.Reason)] = []
  var isReachable = true

  init?(_ feed: Feed, from start: Instant, source: Source) {
    guard let schedule = FeedSchedule(feed, now: start, in: source.london, random: { 0.5 }) else { return nil }
    self.schedule = schedule
    self.source = source
    now = start
  }

  /// Each request takes a second. Woken at least every `look`, as the service looks at its clock.
  mutating func follow(until end: Instant, look: Duration = .days(1)) {
    while now < end {
      switch schedule.next(at: now) {
      case .wait(let until): now = min(max(until, now.advanced(by: .seconds(1))), now.advanced(by: look), end)
      case .ask(let window, let reason):
        asked.append((now, window, reason))
        now = now.advanced(by: .seconds(1))
        if !isReachable {
          schedule.failed(window, at: now)
        } else if let window {
          schedule.answered(window, by: source.reply(window, at: now))
        } else {
          schedule.answered(nil, by: Batch(feed: "file", window: nil, observedAt: now))
        }
      }
    }
  }

  /// How often each day was asked for.
  var requests: [SettlementDate: Int] {
    var counts: [SettlementDate: Int] = [:]
    for request in asked {
      for date in request.window?.settlementDates(in: source.london) ?? [] { counts[date, default: 0] += 1 }
    }
    return counts
  }
}
