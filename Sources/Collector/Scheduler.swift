package import Feeds
package import Market

/// When each feed is due: a plain value, asked with an instant.
///
/// Rounds begin at multiples of `every` on the UTC clock plus `offset`, so that a restart changes nothing. What was
/// missed while the service was away is not made up for by a burst: the next round looks back as far as every round.
package struct Scheduler: Sendable {
  private struct Entry {
    let feed: Feed
    let schedule: Schedule
    var due: Instant
  }

  private var entries: [Entry]
  private let random: @Sendable () -> Double

  /// - Parameters:
  ///   - feeds: those without a schedule are left out.
  ///   - now: every feed's first round is due at once.
  ///   - random: from 0 to 1, for the jitter.
  package init(_ feeds: [Feed], now: Instant, random: @escaping @Sendable () -> Double) {
    entries = feeds.compactMap { feed in feed.schedule.map { Entry(feed: feed, schedule: $0, due: now) } }
    self.random = random
  }

  /// The feeds whose round is due at `now`; each is not due again before its next.
  ///
  /// A clock set back leaves no feed waiting for the old time: a round is never further away than two intervals.
  package mutating func due(at now: Instant) -> [Feed] {
    var due: [Feed] = []
    for index in entries.indices {
      let schedule = entries[index].schedule
      let farthest = now.advanced(by: schedule.every * 2 + schedule.jitter)
      if entries[index].due > farthest { entries[index].due = next(schedule, after: now) }
      guard entries[index].due <= now else { continue }
      due.append(entries[index].feed)
      entries[index].due = next(schedule, after: now)
    }
    return due
  }

  /// When the next feed is due; nil without feeds.
  package var nextDeadline: Instant? { entries.map(\.due).min() }

  /// When this feed is due; nil where it has no schedule.
  package func nextRound(of feed: String) -> Instant? { entries.first { $0.feed.id == feed }?.due }

  /// The first multiple after `now`, moved by the offset and by a part of the jitter.
  private func next(_ schedule: Schedule, after now: Instant) -> Instant {
    let every = schedule.every.microseconds
    let offset = schedule.offset.microseconds
    let sinceOffset = now.microseconds - offset
    let rounds = sinceOffset >= 0 ? sinceOffset / every : (sinceOffset - every + 1) / every
    let jitter = Int64(Double(schedule.jitter.microseconds) * min(max(random(), 0), 1))
    return Instant(microseconds: (rounds + 1) * every + offset + jitter)
  }
}
