import Feeds
import FluxMetrics
import Intake
import Logging
import Market
import Spool
import Store

/// One feed's life in the service: asks for what its schedule says, one request at a time, and hands on what comes.
///
/// It asks while its host is held, and otherwise only for windows of which it loaded what others had overtaken. A slow
/// or failing feed holds up nobody else, and nothing that it meets ends it.
actor FeedRunner {
  nonisolated let host: Host
  private let intake: Intake
  private let delivery: Delivery
  private let pacing: Pacing
  private let metrics: CollectorMetrics
  private let every: Duration
  private let logger: Logger
  /// In whose name a round is noted; nil once the host is another's.
  private let term: @Sendable () async -> HostLease.Term?
  /// Whether the host is ours this instant.
  private let isOurs: @Sendable () async -> Bool
  private var schedule: FeedSchedule
  private var failures = 0
  private var isHeld = false
  private var isEnding = false
  /// The request in hand, and what it is at.
  private var asking: Task<Void, Never>?
  private let waitState = WaitState()
  private let bell: Bell

  /// The longest sleep between two looks at the clock, which may have been set meanwhile.
  private static let longestSleep = Duration.minutes(1)
  /// Between two tries to get rid of a reply that neither the database nor the spool takes.
  private static let pauseWhileFull = Duration.seconds(5)

  /// - Returns: nil for a feed without a schedule.
  init?(
    _ intake: Intake, delivery: Delivery, _ surroundings: Surroundings,
    term: @escaping @Sendable () async -> HostLease.Term?, isOurs: @escaping @Sendable () async -> Bool
  ) {
    let pacing = surroundings.pacing
    guard
      let schedule = FeedSchedule(
        intake.feed, now: pacing.now(), in: surroundings.london, random: pacing.random),
      let every = intake.feed.schedule?.every
    else { return nil }
    host = intake.feed.host
    self.intake = intake
    self.delivery = delivery
    self.pacing = pacing
    self.schedule = schedule
    self.term = term
    self.isOurs = isOurs
    self.every = every
    metrics = surroundings.metrics
    var logger = surroundings.logger
    logger[metadataKey: "feed"] = "\(intake.feed.id)"
    self.logger = logger
    bell = Bell(pacing)
  }

  /// Runs until it is told to ``end()``, or its task is cancelled.
  func run() async {
    while !Task.isCancelled, !isEnding {
      let now = pacing.now()
      switch isHeld ? schedule.next(at: now) : schedule.nextOvertaken() {
      case .ask(let window, let reason):
        let asking = Task { await ask(window, reason) }
        self.asking = asking
        await withTaskCancellationHandler { await asking.value } onCancel: { asking.cancel() }
        self.asking = nil
      case .wait(let until): await bell.wait(until: min(until, now.advanced(by: Self.longestSleep)))
      }
    }
  }

  /// The host is ours: goes on where whoever asked it before left off.
  func hold() async {
    guard !isHeld else { return }
    metrics.announce(feed: intake.feed.id, every: every)
    await resume()
    isHeld = true
    bell.ring()
  }

  /// The host is ours no more; returns when what is in hand has ended.
  func letGo() async {
    lose()
    await asking?.value
  }

  /// The host is ours no more, this instant; what is in hand ends by itself.
  func lose() {
    isHeld = false
    metrics.forget(feed: intake.feed.id)
  }

  /// Nothing more is begun; `run` returns when what is in hand has ended. A request that only waits, for its turn, for
  /// a token or for another try, is given up at once.
  func end() {
    isEnding = true
    if waitState.end() { asking?.cancel() }
    bell.ring()
  }

  /// The spool has been seen to: perhaps there is room again, and others observed these windows later than what was
  /// loaded from it.
  func ask(again windows: [Window]) {
    schedule.ask(again: windows)
    bell.ring()
  }

  private func resume() async {
    let now = pacing.now()
    do {
      let history = try await delivery.history(since: now.advanced(by: .days(-FeedSchedule.longestCatchUp - 1)))
      schedule.resume(history, now: now)
      metrics.remembered(
        feed: intake.feed.id, lastSuccess: history.lastSuccessAt, newest: history.newestTime,
        failures: history.consecutiveFailures)
      failures = history.consecutiveFailures
    } catch { logger.debug("what earlier runs saw is not known: \(error)") }
  }

  private func ask(_ window: Window?, _ reason: FeedSchedule.Reason) async {
    guard await hasRoom() else { return }
    // A process that was stopped and goes on finds out here.
    if isHeld, await !isOurs() { return lose() }
    let attemptedAt = pacing.now()
    var round = Round(feed: intake.feed.id)
    let missed = schedule.missedRounds
    do {
      let batch = try await intake.read(window, state: waitState)
      metrics.fetched(feed: round.feed, outcome: .success, in: pacing.now().since(attemptedAt))
      schedule.answered(window, by: batch)
      guard let outcome = await handOver(batch) else { return }
      schedule.ask(again: round.take(batch, outcome))
      failures = 0
    } catch {
      // One that was broken off says nothing about its feed.
      if Task.isCancelled || error is CancellationError { return }
      if let outcome = FetchOutcome(error) {
        metrics.fetched(feed: round.feed, outcome: outcome, in: pacing.now().since(attemptedAt))
      }
      schedule.failed(window, at: pacing.now())
      round.errors.append(error)
      failures += 1
      if let reject = Reject(failed: error, feed: round.feed, window: window) {
        await delivery.keep(reject, observedAt: pacing.now(), window: window)
      }
    }
    round.log(to: logger, signals: intake.feed.signals)
    let next = nextDue
    for _ in missed..<schedule.missedRounds { metrics.leftOut(feed: round.feed) }
    metrics.ended(
      feed: round.feed, attemptedAt: attemptedAt, succeeded: round.failure == nil, failures: failures, nextRun: next)
    // Without the lease it was a favour, and the feed's state is for its holder to note.
    guard reason != .overtaken || isHeld else { return }
    // Nor without one that the database confirmed, as after a start without it.
    guard let term = await term() else { return }
    await delivery.record(round, attemptedAt: attemptedAt, nextDue: next, under: term)
  }

  /// Whether a reply could be kept; waits a little where not, since asking for what would be dropped helps nobody.
  private func hasRoom() async -> Bool {
    guard let problem = await delivery.roomProblem() else { return true }
    logger.critical("\(NoRoom(problem: problem))")
    await bell.wait(until: pacing.now().advanced(by: Self.pauseWhileFull))
    return false
  }

  /// - Returns: nil where the service ended before anybody took it.
  private func handOver(_ batch: Batch) async -> Delivery.Outcome? {
    while true {
      do {
        // Not broken off: what was fetched is kept, whoever ends.
        return try await Task { try await delivery.deliver(batch) }.value
      } catch {
        logger.critical("a reply is held in memory: \(error)")
        if Task.isCancelled || isEnding {
          logger.critical("\(batch.observations.count) values observed at \(batch.observedAt) are lost")
          return nil
        }
        await bell.wait(until: pacing.now().advanced(by: Self.pauseWhileFull))
      }
    }
  }

  private var nextDue: Instant {
    var later = schedule
    switch later.next(at: pacing.now()) {
    case .ask: return pacing.now()
    case .wait(let until): return until
    }
  }
}
