package import Intake
package import Logging
package import Market
package import Postgres
import Feeds
import ServiceLifecycle
import Store

/// The service: asks each feed when it is due, loads what it says, and goes on whatever one feed or the database does.
package struct Collector: Service {
  private let sources: [Source]
  private let london: LondonClock
  private let pacing: Pacing
  private let logger: Logger

  private struct Source {
    let intake: Intake
    let delivery: Delivery
  }

  /// How long what is in hand may take to end after the service was asked to.
  private static let patience = Duration.seconds(8)

  package init(
    _ intakes: [Intake], database: ConnectionSettings, london: LondonClock, pacing: Pacing = .system, logger: Logger
  ) {
    sources = intakes.map { Source(intake: $0, delivery: Delivery(database, feed: $0.feed.id)) }
    self.london = london
    self.pacing = pacing
    self.logger = logger
  }

  /// Runs until its task is cancelled, or a graceful shutdown begins: then nothing is started any more, and what is
  /// in hand has a few seconds to end.
  package func run() async throws {
    let runners = sources.compactMap {
      FeedRunner($0.intake, delivery: $0.delivery, london: london, pacing: pacing, logger: logger)
    }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { [pacing] in
        do {
          try await gracefulShutdown()
          for runner in runners { await runner.end() }
          try await pacing.sleep(pacing.now().advanced(by: Self.patience))
        } catch {}
      }
      group.addTask {
        await withDiscardingTaskGroup { group in
          for runner in runners { group.addTask { await runner.run() } }
        }
      }
      await group.next()
      group.cancelAll()
    }
    await close()
  }

  /// One round of every feed, all at once; what `--once` and the demo do.
  package func once() async -> [Round] {
    let rounds = await withTaskGroup(of: Round.self) { group in
      for source in sources { group.addTask { await self.round(source) } }
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

  private func round(_ source: Source) async -> Round {
    let (intake, delivery) = (source.intake, source.delivery)
    let attemptedAt = pacing.now()
    var round = Round(feed: intake.feed.id)
    var windows = FeedSchedule.windows(of: intake.feed, at: attemptedAt, in: london)
    // Some may be asked for again; the next round comes soon enough for more.
    var left = windows.count + 4
    while !windows.isEmpty, left > 0, !Task.isCancelled {
      left -= 1
      do {
        let batch = try await intake.read(windows.removeFirst())
        round.take(batch)
        let counts = try await delivery.deliver(batch)
        round.take(counts)
        // Somebody observed these later than we did and found them unchanged: what we loaded may be out of date.
        windows += counts.overtaken.map(Optional.some)
      } catch {
        round.errors.append(error)
        // Without a database there is no use in asking for more.
        if !LoaderLink.isOfOneBatch(error), error is LoadError || error is PostgresError { break }
      }
    }
    await delivery.record(attemptedAt: attemptedAt, error: round.errors.first, nextDue: nil)
    return round
  }

  private func close() async {
    for source in sources { await source.delivery.close() }
  }
}
