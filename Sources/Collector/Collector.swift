import Synchronization
package import Feeds
package import Intake
package import Logging
package import Market
package import Postgres
package import ServiceLifecycle
package import Store

/// The service: asks each feed when it is due, loads what it says, and goes on whatever one feed or the database does.
///
/// A feed has one round at a time; a slow one holds up nobody else.
package struct Collector: Service {
  private let sources: [Source]
  private let london: LondonClock
  private let pacing: Pacing
  private let logger: Logger

  private struct Source {
    let intake: Intake
    let link: LoaderLink
  }

  package init(
    _ intakes: [Intake], database: ConnectionSettings, london: LondonClock, pacing: Pacing = .system, logger: Logger
  ) {
    sources = intakes.map { Source(intake: $0, link: LoaderLink(database, feed: $0.feed.id)) }
    self.london = london
    self.pacing = pacing
    self.logger = logger
  }

  /// Runs until its task is cancelled or a graceful shutdown begins; then ends what is in hand, and starts nothing.
  package func run() async throws {
    await cancelWhenGracefulShutdown {
      await self.runUntilCancelled()
    }
  }

  private func runUntilCancelled() async {
    var scheduler = Scheduler(sources.map(\.intake.feed), now: pacing.now(), random: pacing.random)
    let running = RunningRounds()
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled, let deadline = scheduler.nextDeadline {
        for feed in scheduler.due(at: pacing.now()) {
          guard let source = sources.first(where: { $0.intake.feed.id == feed.id }) else { continue }
          guard running.begin(feed.id) else {
            logger.warning("still at its last round; this one is left out", metadata: ["feed": "\(feed.id)"])
            continue
          }
          let next = scheduler.nextRound(of: feed.id)
          group.addTask {
            let outcome = await self.round(source, nextDue: next)
            running.end(feed.id)
            self.log(outcome)
          }
        }
        let next = scheduler.nextDeadline ?? deadline
        do { try await pacing.sleep(next) } catch { break }
      }
    }
  }

  /// One round of every feed, all at once; what `--once` and the demo do.
  package func once() async -> [Round] {
    await withTaskGroup(of: Round.self) { group in
      for source in sources { group.addTask { await self.round(source, nextDue: nil) } }
      var rounds: [Round] = []
      for await round in group {
        log(round)
        rounds.append(round)
      }
      return rounds.sorted { $0.feed < $1.feed }
    }
  }

  /// What came of one feed's round.
  package struct Round: Sendable {
    package let feed: String
    package fileprivate(set) var inserted = 0
    package fileprivate(set) var unchanged = 0
    package fileprivate(set) var rejects: [Reject] = []
    package fileprivate(set) var flags: [Flag] = []
    /// What went wrong, a window each; empty where all went well.
    package fileprivate(set) var errors: [any Error] = []
  }

  private func round(_ source: Source, nextDue: Instant?) async -> Round {
    let (intake, link) = (source.intake, source.link)
    var round = Round(feed: intake.feed.id)
    var windows = intake.feed.liveWindows(now: pacing.now(), in: london)
    var tries = windows.count + 4
    while !windows.isEmpty, tries > 0, !Task.isCancelled {
      tries -= 1
      let window = windows.removeFirst()
      do {
        let batch = try await intake.read(window)
        round.rejects += batch.rejects
        round.flags += batch.flags
        let counts = try await link.load(batch)
        round.inserted += counts.inserted
        round.unchanged += counts.unchanged
        // Somebody observed these later than we did and found them unchanged: what we loaded may be out of date.
        windows += counts.overtaken.map(Optional.some)
      } catch {
        round.errors.append(error)
      }
    }
    do {
      try await link.record(
        attemptedAt: pacing.now(), error: round.errors.first.map { "\($0)" }, nextDue: nextDue)
    } catch {
      // The database's absence is reported by the load that failed, or by the next round's.
      logger.debug("state not recorded: \(error)", metadata: ["feed": "\(intake.feed.id)"])
    }
    return round
  }

  private func log(_ round: Round) {
    let feed: Logger.Metadata = ["feed": "\(round.feed)"]
    for error in round.errors { logger.error("\(error)", metadata: feed) }
    for reject in round.rejects { logger.warning("rejected: \(reject)", metadata: feed) }
    for flag in round.flags {
      logger.warning("implausible, stored unchanged: \(flag.value) at \(flag.time), \(flag.reason)", metadata: feed)
    }
    if round.inserted > 0 {
      logger.info("\(round.inserted) new, \(round.unchanged) unchanged", metadata: feed)
    } else if round.errors.isEmpty {
      logger.debug("nothing new, \(round.unchanged) unchanged", metadata: feed)
    }
  }
}

/// The feeds that are at a round just now.
private final class RunningRounds: Sendable {
  private let feeds = Mutex<Set<String>>([])

  /// - Returns: false where it is at one already.
  func begin(_ feed: String) -> Bool { feeds.withLock { $0.insert(feed).inserted } }
  func end(_ feed: String) { feeds.withLock { _ = $0.remove(feed) } }
}
