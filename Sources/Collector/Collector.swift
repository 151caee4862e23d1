package import Intake
package import Logging
package import Market
package import Postgres
import Feeds
import ServiceLifecycle
import Store
import Synchronization

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

  /// A round that is due, and when the feed's next one will be.
  private struct Due: Sendable {
    let source: Source
    let next: Instant?
  }

  /// How long the rounds in hand may take to end after the service was asked to.
  private static let patience = Duration.seconds(10)
  /// The longest sleep between two looks at the clock, which may have been set meanwhile.
  private static let longestSleep = Duration.minutes(1)

  package init(
    _ intakes: [Intake], database: ConnectionSettings, london: LondonClock, pacing: Pacing = .system, logger: Logger
  ) {
    sources = intakes.map { Source(intake: $0, link: LoaderLink(database, feed: $0.feed.id)) }
    self.london = london
    self.pacing = pacing
    self.logger = logger
  }

  /// Runs until its task is cancelled, or a graceful shutdown begins: then nothing is started any more, and what is
  /// in hand has ten seconds to end.
  package func run() async throws {
    let (dues, feed) = AsyncStream.makeStream(of: Due.self)
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        await cancelWhenGracefulShutdown { await self.schedule(into: feed) }
        feed.finish()
      }
      group.addTask { [pacing] in
        do {
          try await gracefulShutdown()
          try await pacing.sleep(pacing.now().advanced(by: Self.patience))
        } catch {}
      }
      group.addTask { await self.rounds(dues) }
      // First the schedule ends; then the rounds do, or their time.
      await group.next()
      await group.next()
      group.cancelAll()
    }
    await close()
  }

  private func schedule(into feed: AsyncStream<Due>.Continuation) async {
    var scheduler = Scheduler(sources.map(\.intake.feed), now: pacing.now(), random: pacing.random)
    while !Task.isCancelled {
      for due in scheduler.due(at: pacing.now()) {
        guard let source = sources.first(where: { $0.intake.feed.id == due.id }) else { continue }
        feed.yield(Due(source: source, next: scheduler.nextRound(of: due.id)))
      }
      let farthest = pacing.now().advanced(by: Self.longestSleep)
      do { try await pacing.sleep(min(scheduler.nextDeadline ?? farthest, farthest)) } catch { return }
    }
  }

  /// Runs each round as it falls due; returns when no more will and the last has ended.
  private func rounds(_ dues: AsyncStream<Due>) async {
    let running = RunningRounds()
    await withDiscardingTaskGroup { group in
      for await due in dues {
        let feed = due.source.intake.feed
        guard running.begin(feed.id) else {
          logger.warning("the last round is not over yet: this one is left out", metadata: ["feed": "\(feed.id)"])
          continue
        }
        group.addTask {
          let round = await self.round(due.source, nextDue: due.next)
          running.end(feed.id)
          if !Task.isCancelled { round.log(to: self.logger, signals: feed.signals) }
        }
      }
    }
  }

  /// One round of every feed, all at once; what `--once` and the demo do.
  package func once() async -> [Round] {
    let rounds = await withTaskGroup(of: Round.self) { group in
      for source in sources { group.addTask { await self.round(source, nextDue: nil) } }
      var rounds: [Round] = []
      for await round in group {
        let signals = sources.first { $0.intake.feed.id == round.feed }?.intake.feed.signals ?? []
        round.log(to: logger, signals: signals)
        rounds.append(round)
      }
      return rounds.sorted { $0.feed < $1.feed }
    }
    await close()
    return rounds
  }

  private func close() async {
    for source in sources { await source.link.close() }
  }

  private func round(_ source: Source, nextDue: Instant?) async -> Round {
    let (intake, link) = (source.intake, source.link)
    let attemptedAt = pacing.now()
    var round = Round(feed: intake.feed.id)
    var windows = intake.feed.liveWindows(now: attemptedAt, in: london)
    // Some may be asked for again; the next round comes soon enough for more.
    var left = windows.count + 4
    while !windows.isEmpty, left > 0, !Task.isCancelled {
      left -= 1
      let batch: Batch
      do {
        batch = try await intake.read(windows.removeFirst())
      } catch {
        round.errors.append(error)
        continue
      }
      round.rejects += batch.rejects
      round.flags += batch.flags
      do {
        let counts = try await link.load(batch)
        round.inserted += counts.inserted
        round.unchanged += counts.unchanged
        // Somebody observed these later than we did and found them unchanged: what we loaded may be out of date.
        windows += counts.overtaken.map(Optional.some)
      } catch {
        round.errors.append(error)
        // Without a database there is no use in asking for more.
        if !LoaderLink.isOfOneBatch(error) { break }
      }
    }
    // One that was broken off says nothing about its feed.
    if Task.isCancelled {
      round.errors = [CancellationError()]
      return round
    }
    do {
      try await link.record(
        attemptedAt: attemptedAt, error: round.errors.first.map { "\($0)" }, nextDue: nextDue)
    } catch {
      // The database's absence is reported by the load that failed, or by the next round's.
      logger.debug("state not recorded: \(error)", metadata: ["feed": "\(intake.feed.id)"])
    }
    return round
  }
}

/// The feeds that are at a round just now.
private final class RunningRounds: Sendable {
  private let feeds = Mutex<Set<String>>([])

  /// - Returns: false where it is at one already.
  func begin(_ feed: String) -> Bool { feeds.withLock { $0.insert(feed).inserted } }
  func end(_ feed: String) { feeds.withLock { _ = $0.remove(feed) } }
}
