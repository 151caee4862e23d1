import Feeds
import Intake
import Logging
import Market
import Store

/// One feed's life in the service: asks for what its schedule says, one request at a time, and hands on what comes.
///
/// A slow or failing feed holds up nobody else, and nothing that it meets ends it.
actor FeedRunner {
  let intake: Intake
  private let delivery: Delivery
  private let london: LondonClock
  private let pacing: Pacing
  private let logger: Logger
  private var schedule: FeedSchedule
  private var isEnding = false
  private let bell: Bell

  /// The longest sleep between two looks at the clock, which may have been set meanwhile.
  private static let longestSleep = Duration.minutes(1)

  /// - Returns: nil for a feed without a schedule.
  init?(_ intake: Intake, delivery: Delivery, london: LondonClock, pacing: Pacing, logger: Logger) {
    guard let schedule = FeedSchedule(intake.feed, now: pacing.now(), in: london, random: pacing.random) else {
      return nil
    }
    self.intake = intake
    self.delivery = delivery
    self.london = london
    self.pacing = pacing
    self.schedule = schedule
    var logger = logger
    logger[metadataKey: "feed"] = "\(intake.feed.id)"
    self.logger = logger
    bell = Bell(pacing)
  }

  /// Runs until it is told to ``end()``, or its task is cancelled.
  func run() async {
    await resume()
    while !Task.isCancelled, !isEnding {
      let now = pacing.now()
      switch schedule.next(at: now) {
      case .ask(let window, let reason): await ask(window, reason)
      case .wait(let until): await bell.wait(until: min(until, now.advanced(by: Self.longestSleep)))
      }
    }
  }

  /// Nothing more is begun; `run` returns when what is in hand has ended.
  func end() {
    isEnding = true
    bell.ring()
  }

  /// Others observed these windows later than what was loaded.
  func ask(again windows: [Window]) {
    guard !windows.isEmpty else { return }
    schedule.ask(again: windows)
    bell.ring()
  }

  private func resume() async {
    let earliest = pacing.now().advanced(by: .days(-FeedSchedule.longestCatchUp - 1))
    do { schedule.resume(try await delivery.history(since: earliest), now: pacing.now()) } catch {
      logger.debug("what earlier runs saw is not known: \(error)")
    }
  }

  private func ask(_ window: Window?, _ reason: FeedSchedule.Reason) async {
    let attemptedAt = pacing.now()
    var round = Round(feed: intake.feed.id)
    do {
      let batch = try await intake.read(window)
      schedule.answered(window, by: batch)
      round.take(batch)
      let counts = try await delivery.deliver(batch)
      round.take(counts)
      schedule.ask(again: counts.overtaken)
    } catch {
      // One that was broken off says nothing about its feed.
      if Task.isCancelled { return }
      schedule.failed(window, at: pacing.now())
      round.errors.append(error)
    }
    round.log(to: logger, signals: intake.feed.signals)
    await delivery.record(attemptedAt: attemptedAt, error: round.errors.first, nextDue: nextDue)
  }

  private var nextDue: Instant {
    var later = schedule
    switch later.next(at: pacing.now()) {
    case .ask: return pacing.now()
    case .wait(let until): return until
    }
  }
}
