import FluxMetrics
import Intake
import Logging
import Market
import Spool
import Store

/// One feed's way into the database, in the order observed: at once where that can be, through the spool where not.
///
/// While anything of the feed waits in the spool, what comes joins its end: a newer value that is loaded before an older
/// one would be overtaken by it.
actor Delivery {
  enum Outcome: Sendable {
    case loaded(LoadCounts)
    /// On the disk, until the database takes it.
    case spooled(because: any Error)
  }

  nonisolated let feed: String
  private let link: LoaderLink
  private let spool: Spool
  private let metrics: CollectorMetrics
  private let logger: Logger
  /// By a clock that nobody sets: for how long the database may take.
  private let deadlines = Pacing.steady
  /// Whether something of the feed may wait in the spool.
  private var hasWaiting: Bool
  private var isLoading = false
  /// Batches that are on their way into the spool, and all that ever were.
  private var appending = 0
  private var appended = 0

  /// What a load may take before its batch goes to the spool, and another 50 µs for each observation.
  private static let patience = Duration.seconds(5)
  /// The same for what waits in the spool, which has no hurry.
  private static let longPatience = Duration.seconds(60)

  init(feed: String, _ surroundings: Surroundings, hasWaiting: Bool) {
    self.feed = feed
    self.hasWaiting = hasWaiting
    link = LoaderLink(surroundings.database, feed: feed)
    spool = surroundings.spool
    metrics = surroundings.metrics
    var logger = surroundings.logger
    logger[metadataKey: "feed"] = "\(feed)"
    self.logger = logger
  }

  /// Takes a batch; when this returns it is committed, or on the disk.
  ///
  /// - Throws: `SpoolError` where neither the database nor the spool takes it.
  func deliver(_ batch: Batch) async throws(SpoolError) -> Outcome {
    var reason: any Error = Waiting()
    if !hasWaiting, !isLoading {
      isLoading = true
      defer { isLoading = false }
      do { return .loaded(try await load(batch, Self.patience)) } catch { reason = error }
    }
    hasWaiting = true
    appending += 1
    appended += 1
    defer { appending -= 1 }
    try await spool.append(batch)
    return .spooled(because: reason)
  }

  /// What came of emptying the spool.
  struct Drained: Sendable {
    var counts = LoadCounts()
    /// Why something still waits.
    var failure: (any Error)?
  }

  /// Loads what waits in the spool, oldest first, until nothing does or the database fails; what is loaded by then is
  /// out of the spool.
  func drain() async -> Drained {
    var drained = Drained()
    guard hasWaiting, !isLoading else { return drained }
    isLoading = true
    defer { isLoading = false }
    do {
      while hasWaiting, !Task.isCancelled, let entry = try await next() {
        do {
          drained.counts += try await load(entry.batch, Self.longPatience)
          try await spool.remove(entry.id)
        } catch let LoadError.refused(error) {
          // It will be refused again; what was observed after it must not wait for that.
          try await spool.setAside(entry.id, reason: "the database refused it: \(error)")
        }
      }
    } catch { drained.failure = error }
    return drained
  }

  private func next() async throws(SpoolError) -> Spool.Entry? {
    let before = appended
    if let entry = try await spool.oldest(of: feed) { return entry }
    // One that came in meanwhile, or is on its way, comes next time.
    if appending == 0, appended == before { hasWaiting = false }
    return nil
  }

  /// Why a reply could be kept nowhere if the database did not take it; nil where it could.
  func roomProblem() async -> String? {
    let isOpen = await spool.isOpen
    if !hasWaiting, isOpen { return nil }
    do {
      return try await spool.hasRoom()
        ? nil : "the spool is at its limit, until the database takes what waits"
    } catch {
      // Without a spool it goes on for as long as the database takes everything at once.
      if !hasWaiting, !isOpen, await databaseAnswers() { return nil }
      return "\(error)"
    }
  }

  private func databaseAnswers() async -> Bool {
    (try? await within(Self.patience, deadlines) { [link] in try await link.answer() }) != nil
  }

  /// What earlier runs of the service saw of the feed.
  func history(since earliest: Instant) async throws -> FeedHistory {
    try await within(Self.patience, deadlines) { [link] in try await link.history(since: earliest) }
  }

  /// Keeps what came of a request of which nothing could be used, for somebody to look at. Without the database the log
  /// alone has it.
  func keep(_ reject: Reject, observedAt: Instant, window: Window?) async {
    guard !hasWaiting else { return }
    do {
      try await within(Self.patience, deadlines) { [link] in
        try await link.keep(reject, observedAt: observedAt, window: window)
      }
    } catch { logger.debug("reject not kept: \(error)") }
  }

  /// Notes how a round went, under the lease that it was made under. Where the database is away, the load that failed
  /// has said so.
  func record(_ round: Round, attemptedAt: Instant, nextDue: Instant?, under term: HostLease.Term) async {
    guard !hasWaiting else { return }
    let error = round.failure.map { "\($0)" }
    do {
      let isOurs = try await within(Self.patience, deadlines) { [link] in
        try await link.record(
          attemptedAt: attemptedAt, error: error, nextDue: nextDue, newestTime: round.newestTime, under: term)
      }
      if !isOurs { logger.notice("another collector has taken the host over: how this round went is not noted") }
    } catch { logger.debug("state not recorded: \(error)") }
  }

  func close() async { await link.close() }

  private func load(_ batch: Batch, _ patience: Duration) async throws -> LoadCounts {
    let limit = patience + .microseconds(50) * batch.observations.count
    let begun = deadlines.now()
    do {
      let counts = try await within(limit, deadlines) { [link] in try await link.load(batch) }
      metrics.loaded(
        feed: feed,
        counts: ObservationCounts(
          received: counts.received, inserted: counts.inserted, unchanged: counts.unchanged,
          rejected: batch.rejects.count + counts.rejects.count, flagged: batch.flags.count),
        newest: batch.newestTime, in: deadlines.now().since(begun))
      return counts
    } catch let error as Late {
      // Its connection is given up: who knows what it still waits for.
      await link.abandon()
      throw error
    }
  }
}

extension Batch {
  /// The latest time that an observation of it is of.
  var newestTime: Instant? { observations.map(\.time).max() }
}

/// Older replies of the feed wait in the spool, so this one joins them.
struct Waiting: Error, CustomStringConvertible {
  var description: String { "older replies wait in the spool" }
}
