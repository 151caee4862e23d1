import Feeds
import Market

/// What the service knows of one settlement day of a feed, and when the day is asked for again.
struct FeedDay: Hashable, Sendable {
  /// The last request, whatever came of it.
  var askedAt: Instant?
  /// The last reply that covered the day.
  var observedAt: Instant?
  /// Settlement periods that this reply had.
  var periods = 0
  /// The least time between a period's end and the field that `revisit.until` names.
  var leastAge: Duration?
  /// Requests that failed since.
  var failures = 0
}

/// A feed's rules for its days: which periods are expected, when a day is final, when it is due again.
///
/// A day that lacks something is asked for often at first and less and less as it stays away: after eight times as long
/// as it has been missing, but never more often than `while missing` says.
struct DayRules: Sendable {
  let schedule: Schedule
  let revisit: Revisit

  private static let halfHour = Duration.minutes(30)
  private static let shortestPause = Duration.minutes(1)

  /// Settlement periods of the day whose values should be out at `now`; nil where the schedule doesn't say.
  func expectedPeriods(of day: Window, at now: Instant) -> Int? {
    let lag: Duration
    switch schedule.origin {
    case .clock: return nil
    case .periodStart: lag = schedule.offset
    case .periodEnd: lag = schedule.offset + Self.halfHour
    }
    let since = now.since(day.from.advanced(by: lag)).microseconds
    return since < 0 ? 0 : min(Int(since / Self.halfHour.microseconds) + 1, day.halfHours)
  }

  /// When the values of the period of that index should be out.
  private func expected(_ index: Int, of day: Window) -> Instant {
    let lag = schedule.origin == .periodStart ? schedule.offset : schedule.offset + Self.halfHour
    return day.from.advanced(by: Self.halfHour * index + lag)
  }

  /// Whether no further reply can change the day.
  func isFinal(_ state: FeedDay, _ day: Window) -> Bool {
    guard let observedAt = state.observedAt else { return false }
    return revisit.isFinal(day, observedAt: observedAt, periods: state.periods, leastAge: state.leastAge)
  }

  /// When the day is to be asked for outside the rounds; nil where the rounds will do, or nothing will.
  ///
  /// - Parameter inRounds: whether the schedule's rounds ask for it anyway.
  func due(_ state: FeedDay, _ day: Window, inRounds: Bool, at now: Instant) -> Instant? {
    if isFinal(state, day) { return nil }
    if let retry = retry(state, at: now) { return retry }
    let askedAt = askedAt(state, now)
    if state.observedAt == nil, !inRounds { return askedAt ?? now }
    let candidates = [
      missing(state, day, inRounds: inRounds, askedAt, now), unsettled(state, day, inRounds: inRounds, askedAt, now),
      aged(state, day),
    ]
    return candidates.compactMap { $0 }.min()
  }

  /// When what failed is asked for once more: twice as long after each failure, up to the time between two rounds.
  ///
  /// - Returns: nil where the last request did not fail.
  func retry(_ state: FeedDay, at now: Instant) -> Instant? {
    guard state.failures > 0, let askedAt = askedAt(state, now) else { return nil }
    return askedAt.advanced(by: min(Self.shortestPause * (1 << min(state.failures - 1, 12)), schedule.every))
  }

  /// A clock that was set back must not make an old request a future one.
  private func askedAt(_ state: FeedDay, _ now: Instant) -> Instant? { state.askedAt.map { min($0, now) } }

  private func missing(
    _ state: FeedDay, _ day: Window, inRounds: Bool, _ askedAt: Instant?, _ now: Instant
  ) -> Instant? {
    guard inRounds, let soonest = schedule.whileMissing, let askedAt,
      let expected = expectedPeriods(of: day, at: now), expected > state.periods
    else { return nil }
    return askedAt.advanced(by: Self.pause(soonest, missingFor: now.since(self.expected(state.periods, of: day))))
  }

  /// A day of which each period was to be published once more.
  private func unsettled(
    _ state: FeedDay, _ day: Window, inRounds: Bool, _ askedAt: Instant?, _ now: Instant
  ) -> Instant? {
    guard let until = revisit.until, now < day.to.advanced(by: revisit.limit) else { return nil }
    let settles = day.to.advanced(by: until.pastPeriodEnd + (schedule.origin == .clock ? .zero : schedule.offset))
    guard now >= settles else { return inRounds ? nil : settles }
    guard let askedAt, askedAt >= settles else { return settles }
    return askedAt.advanced(by: Self.pause(schedule.whileMissing ?? schedule.every, missingFor: now.since(settles)))
  }

  private func aged(_ state: FeedDay, _ day: Window) -> Instant? {
    guard let observedAt = state.observedAt else { return nil }
    // Ages that passed while nobody asked are one request, not several.
    return revisit.ages.map { day.to.advanced(by: $0) }.first { $0 > observedAt }
  }

  private static func pause(_ soonest: Duration, missingFor missing: Duration) -> Duration {
    max(soonest, missing / 8)
  }
}
