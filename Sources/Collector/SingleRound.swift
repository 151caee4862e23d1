import Feeds
import Intake
import Leases
import Logging
import Market
import Store

/// One round of one feed, for a run that ends when it is over.
struct SingleRound: Sendable {
  let intake: Intake
  let keeper: LeaseKeeper
  let surroundings: Surroundings
  /// To be asked for beside the round's own windows.
  let overtaken: [Window]

  /// How long a host that another collector holds is waited for.
  static let patience = Duration.seconds(20)
  /// The same while the database is away, which has no holder to be waited for.
  private static let patienceWithoutDatabase = Duration.seconds(5)
  private static let look = Duration.milliseconds(20)

  func run(through delivery: Delivery) async -> Round {
    var round = Round(feed: intake.feed.id)
    defer { round.log(to: surroundings.logger, signals: intake.feed.signals) }
    guard await holdsHost() else {
      let host = intake.feed.host.id
      round.leftOut =
        await keeper.problem == nil
        ? "another collector holds \(host), and asks its feeds"
        : "without the database no lease of \(host) can be had, whose limit is strict (--alone asks all the same)"
      return round
    }
    let attemptedAt = surroundings.pacing.now()
    var windows = FeedSchedule.windows(of: intake.feed, at: attemptedAt, in: surroundings.london)
    windows += overtaken.map(Optional.some)
    // Some may be asked for again; the next round comes soon enough for more.
    var left = windows.count + 4
    while !windows.isEmpty, left > 0, !Task.isCancelled {
      left -= 1
      if let problem = await delivery.roomProblem() {
        round.errors.append(NoRoom(problem: problem))
        break
      }
      let window = windows.removeFirst()
      do {
        let batch = try await intake.read(window)
        // Somebody observed these later than we did and found them unchanged: what we loaded may be out of date.
        windows += round.take(batch, try await delivery.deliver(batch)).map(Optional.some)
      } catch {
        round.errors.append(error)
        if let reject = Reject(failed: error, feed: round.feed, window: window) {
          await delivery.keep(reject, observedAt: surroundings.pacing.now(), window: window)
        }
      }
    }
    if let term = await keeper.term(of: intake.feed.host.id) {
      await delivery.record(round, attemptedAt: attemptedAt, nextDue: nil, under: term)
    }
    return round
  }

  private func holdsHost() async -> Bool {
    let clock = Pacing.steady
    let begun = clock.now()
    while await !keeper.isOurs(intake.feed.host.id) {
      let patience = await keeper.problem == nil ? Self.patience : Self.patienceWithoutDatabase
      guard clock.now() < begun.advanced(by: patience), !Task.isCancelled else { return false }
      try? await clock.sleep(clock.now().advanced(by: Self.look))
    }
    return true
  }
}
