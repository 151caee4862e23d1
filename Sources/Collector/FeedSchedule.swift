package import Feeds
package import Market
package import Store

/// What one feed is to be asked for, and when: a plain value that is told the time.
///
/// First the rounds of `schedule`, newest window first, then windows that others overtook, then days that lack periods,
/// newest first; then days to be revisited or made up for, oldest first and one at a time, so that catching up never
/// holds up what is new. What was missed while nobody ran, or the machine slept, is asked for once.
package struct FeedSchedule: Sendable {
  package enum Reason: String, Sendable {
    case round, overtaken, missing, revisit
  }

  package enum Step: Hashable, Sendable {
    /// nil asks for the whole file.
    case ask(Window?, Reason)
    /// Nothing before then.
    case wait(until: Instant)
  }

  /// Further back than this is work for `backfill`.
  package static let longestCatchUp = 31

  private let feed: Feed
  private let schedule: Schedule
  private let rules: DayRules
  private let london: LondonClock
  private let random: @Sendable () -> Double
  /// The next round; later than an earlier plan only where the clock was set back.
  private var nextRound: Instant
  /// What is left of the round in hand, newest first.
  private var round: [Window?] = []
  private var overtaken: [Window] = []
  private var days: [SettlementDate: FeedDay] = [:]
  /// The whole file of a feed that has no windows.
  private var file = FeedDay()
  /// The oldest day that is made up for.
  private var horizon: SettlementDate
  /// Rounds that passed without being begun.
  package private(set) var missedRounds = 0

  /// - Parameters:
  ///   - now: the first round is due at once.
  ///   - random: from 0 to 1, for the jitter.
  /// - Returns: nil for a feed without a schedule.
  package init?(_ feed: Feed, now: Instant, in london: LondonClock, random: @escaping @Sendable () -> Double) {
    guard let schedule = feed.schedule else { return nil }
    self.feed = feed
    self.schedule = schedule
    self.london = london
    self.random = random
    rules = DayRules(schedule: schedule, revisit: feed.revisit)
    nextRound = now
    horizon = SettlementDate(containing: now.advanced(by: .zero - schedule.lookback), in: london)
  }

  /// Takes up where another run of the service left off: what it saw of which days, and its last round.
  ///
  /// Days that it missed since its last success, up to a month of them, are made up for.
  package mutating func resume(_ history: FeedHistory, now: Instant) {
    guard let lastSuccess = history.lastSuccessAt, lastSuccess <= now else { return }
    if file.askedAt == nil, days.isEmpty { nextRound = max(nextRound, next(after: lastSuccess)) }
    let earliest = SettlementDate(containing: now, in: london).advanced(by: -Self.longestCatchUp)
    horizon = max(
      earliest,
      min(horizon, SettlementDate(containing: lastSuccess.advanced(by: .zero - schedule.lookback), in: london)))
    for reply in history.replies where reply.observedAt <= now {
      for date in reply.window.settlementDates(in: london) where date >= earliest {
        guard reply.observedAt > days[date]?.observedAt ?? Instant(microseconds: .min) else { continue }
        var day = days[date] ?? FeedDay()
        (day.askedAt, day.observedAt) = (max(day.askedAt ?? reply.observedAt, reply.observedAt), reply.observedAt)
        day.periods = reply.periods(of: date.periodCount(in: london), signals: feed.signals.count)
        day.leastAge = reply.leastAge
        days[date] = day
      }
    }
  }

  /// What to do at `now`: each `ask` is followed by ``answered(_:by:)`` or ``failed(_:at:)`` before the next step.
  package mutating func next(at now: Instant) -> Step {
    // A clock set back leaves no feed waiting for the old time: a round is never further away than two intervals.
    if nextRound > now.advanced(by: schedule.every * 2 + schedule.jitter) { nextRound = next(after: now) }
    if nextRound <= now { begin(at: now) }
    if let window = round.first { return .ask(window, .round) }
    if let window = overtaken.first { return .ask(window, .overtaken) }
    return feed.span == .wholeFile ? file(at: now) : day(at: now)
  }

  /// The same for a feed that somebody else asks: only what was overtaken.
  package func nextOvertaken() -> Step { overtaken.first.map { .ask($0, .overtaken) } ?? .wait(until: .distantFuture) }

  /// A reply to a window, or to the whole file, has arrived.
  package mutating func answered(_ window: Window?, by batch: Batch) {
    forget(window)
    let answer = FeedDay(askedAt: batch.observedAt, observedAt: batch.observedAt, leastAge: batch.leastAge)
    guard let window else { return file = answer }
    let periods = Self.periods(of: batch, in: london)
    for date in window.settlementDates(in: london) {
      days[date] = answer
      days[date]?.periods = periods[date] ?? 0
    }
  }

  package mutating func failed(_ window: Window?, at now: Instant) {
    forget(window)
    guard let window else { return file.fail(at: now) }
    for date in window.settlementDates(in: london) { days[date, default: FeedDay()].fail(at: now) }
  }

  /// Others observed these windows later than what was loaded: they are asked for again at once.
  package mutating func ask(again windows: [Window]) {
    for window in windows where !overtaken.contains(window) { overtaken.append(window) }
  }

  /// The windows of one round at `now`, newest first; what a single round asks for.
  package static func windows(of feed: Feed, at now: Instant, in london: LondonClock) -> [Window?] {
    guard let schedule = feed.schedule else { return [] }
    guard feed.span != .wholeFile else { return [nil] }
    return feed.span.windows(covering: range(schedule, now), in: london).reversed()
  }

  /// `now` itself is part of it: at midnight the new day has begun.
  private static func range(_ schedule: Schedule, _ now: Instant) -> Window {
    Window(from: now.advanced(by: .zero - schedule.lookback), to: now.advanced(by: .microseconds(1)))
  }

  // MARK: - Rounds

  private mutating func begin(at now: Instant) {
    missedRounds += max(0, Int(now.since(nextRound).microseconds / schedule.every.microseconds))
    nextRound = next(after: now)
    prune(at: now)
    guard feed.span != .wholeFile else { return round = [nil] }
    let open = Self.range(schedule, now).settlementDates(in: london).filter { date in
      !rules.isFinal(state(date), window(date)) && rules.expectedPeriods(of: window(date), at: now) != 0
    }
    round = windows(of: open).reversed()
  }

  /// The first multiple of `every` after an instant, moved by the offset and by a part of the jitter.
  private func next(after now: Instant) -> Instant {
    let every = schedule.every.microseconds
    let offset = schedule.offset.microseconds % every
    let sinceOffset = now.microseconds - offset
    let rounds = sinceOffset >= 0 ? sinceOffset / every : (sinceOffset - every + 1) / every
    let jitter = Int64(Double(schedule.jitter.microseconds) * min(max(random(), 0), 1))
    return Instant(microseconds: (rounds + 1) * every + offset + jitter)
  }

  /// The requests that cover these days and as few others as may be, oldest first.
  private func windows(of dates: [SettlementDate]) -> [Window] {
    var windows: [Window] = []
    var run: [SettlementDate] = []
    for date in dates + [nil] as [SettlementDate?] {
      if let first = run.first, let last = run.last, date != last.advanced(by: 1) {
        windows += feed.span.windows(covering: Window(from: first, through: last, in: london), in: london)
        run = []
      }
      if let date { run.append(date) }
    }
    return windows
  }

  private mutating func forget(_ window: Window?) {
    round.removeAll { $0 == window }
    overtaken.removeAll { $0 == window }
  }

  // MARK: - Days

  private func state(_ date: SettlementDate) -> FeedDay { days[date] ?? FeedDay() }
  private func window(_ date: SettlementDate) -> Window { date.window(in: london) }

  private mutating func file(at now: Instant) -> Step {
    guard let due = rules.retry(file, at: now) else { return .wait(until: nextRound) }
    return due <= now ? .ask(nil, .missing) : .wait(until: min(due, nextRound))
  }

  private mutating func day(at now: Instant) -> Step {
    let recent = Self.range(schedule, now).settlementDates(in: london)
    guard let newest = recent.last else { return .wait(until: nextRound) }
    var soonest = nextRound
    var oldestDue: Window?
    for offset in stride(from: 0, through: newest.days(since: min(horizon, recent[0])), by: 1) {
      let date = newest.advanced(by: -offset)
      let (isRecent, day) = (date >= recent[0], window(date))
      guard let due = rules.due(state(date), day, inRounds: isRecent, at: now) else { continue }
      if due > now {
        soonest = min(soonest, due)
      } else if isRecent {
        return .ask(day, .missing)
      } else {
        oldestDue = day
      }
    }
    return oldestDue.map { .ask($0, .revisit) } ?? .wait(until: soonest)
  }

  private mutating func prune(at now: Instant) {
    let earliest = SettlementDate(containing: now, in: london).advanced(by: -Self.longestCatchUp)
    horizon = max(horizon, earliest)
    let recent = SettlementDate(containing: now.advanced(by: .zero - schedule.lookback), in: london)
    while horizon < recent, rules.isFinal(state(horizon), window(horizon)) { horizon = horizon.advanced(by: 1) }
    // A clock that was set back leaves days of a future that is none.
    let tomorrow = SettlementDate(containing: now, in: london).advanced(by: 1)
    days = days.filter { $0.key >= earliest && $0.key <= tomorrow }
  }

  /// Distinct half hours of a reply's observations, by the day they are of.
  private static func periods(of batch: Batch, in london: LondonClock) -> [SettlementDate: Int] {
    var counts: [SettlementDate: Int] = [:]
    for time in Set(batch.observations.map(\.time)) {
      counts[SettlementDate(containing: time, in: london), default: 0] += 1
    }
    return counts
  }
}

extension FeedDay {
  fileprivate mutating func fail(at now: Instant) {
    askedAt = now
    failures += 1
  }
}
