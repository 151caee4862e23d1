package import Intake
import Feeds
import FluxMetrics
import Leases
import Logging
import Market
import ServiceLifecycle
import Store

/// The service: asks each feed of the hosts that it holds when it is due, loads what it says or keeps it on the disk until
/// it can be loaded, and goes on whatever one feed, the database or another collector does.
package actor Collector: Service {
  private let surroundings: Surroundings
  private let deliveries: Deliveries
  private var intakes: [Intake]
  private var runners: [String: FeedRunner] = [:]
  /// Each feed's run; another of the same feed begins when it is over.
  private var runs: [String: Task<Void, Never>] = [:]
  private var keeper: LeaseKeeper?

  /// How long what is in hand may take to end after the service was asked to.
  private static let patience = Duration.seconds(5)

  package init(_ intakes: [Intake], _ surroundings: Surroundings) {
    self.intakes = intakes
    self.surroundings = surroundings
    deliveries = Deliveries(surroundings)
  }

  /// Runs until its task is cancelled, or a graceful shutdown begins: then nothing is started any more, what is in hand
  /// has a few seconds to end, in the database or in the spool, and the leases are released.
  package func run() async throws {
    await deliveries.open()
    let keeper = Self.keeper(of: hosts, surroundings)
    self.keeper = keeper
    // Not told of a graceful shutdown: leases are kept until what is in hand has ended.
    let keeping = Task.detached { try? await keeper.run() }
    let following = Task { for await change in keeper.changes { follow(change, of: keeper) } }
    let draining = Task { await deliveries.drainAgainAndAgain { await self.drained($0, overtaken: $1) } }
    for intake in intakes { await begin(intake, keeper) }
    try? await gracefulShutdown()
    await keeper.claimNoMore()
    await end()
    keeping.cancel()
    draining.cancel()
    await keeping.value
    await draining.value
    await following.value
    await deliveries.close()
  }

  /// Goes on with these feeds instead: what is in hand of the old ones ends as they are.
  package func replace(with intakes: [Intake]) async {
    guard let keeper else { return self.intakes = intakes }
    for runner in runners.values { await runner.end() }
    runners = [:]
    let gone = Set(self.intakes.map(\.feed.id)).subtracting(intakes.map(\.feed.id))
    for feed in gone { surroundings.metrics.forget(feed: feed) }
    self.intakes = intakes
    await keeper.want(hosts)
    for intake in intakes { await begin(intake, keeper) }
  }

  /// Why the database did not answer last, and which hosts are held; for whoever watches.
  package func state() async -> (problem: (any Error)?, held: [String]) {
    guard let keeper else { return (nil, []) }
    var held: [String] = []
    for host in hosts where await keeper.isOurs(host.id) { held.append(host.id) }
    return (await keeper.problem, held)
  }

  private var hosts: [Host] { Array(Set(intakes.map(\.feed.host))).sorted { $0.id < $1.id } }

  // MARK: - Leases

  private static func keeper(of hosts: [Host], _ surroundings: Surroundings, shares: Bool = true) -> LeaseKeeper {
    for host in hosts { surroundings.metrics.announce(host: host.id) }
    let leases = Leases(
      hosts: hosts, holder: CollectorName.ofThisProcess(surroundings.pacing), isAlone: surroundings.isAlone,
      remembered: surroundings.heldHosts.read())
    return LeaseKeeper(leases, database: surroundings.database, shares: shares) { held in
      do { try surroundings.heldHosts.write(held) } catch {
        surroundings.logger.error("which hosts are held cannot be remembered: \(error)")
      }
    }
  }

  private func follow(_ change: Leases.Change, of keeper: LeaseKeeper) {
    let (metrics, logger) = (surroundings.metrics, surroundings.logger)
    switch change {
    case .gained(let host):
      logger.notice("holding \(host)")
      Task {
        metrics.holds(host: host, epoch: await keeper.term(of: host)?.epoch ?? 0, renewedAt: surroundings.pacing.now())
        for runner in runners.values where runner.host.id == host { await runner.hold() }
      }
    case .lost(let host):
      logger.notice("no longer holding \(host)")
      metrics.lost(host: host)
      Task { for runner in runners.values where runner.host.id == host { await runner.lose() } }
    case .letGo(let host):
      logger.notice("letting \(host) go, for another collector to take")
      Task {
        for runner in runners.values where runner.host.id == host { await runner.letGo() }
        await keeper.release(host)
        metrics.lost(host: host)
      }
    }
  }

  // MARK: - Feeds

  private func begin(_ intake: Intake, _ keeper: LeaseKeeper) async {
    let (feed, host) = (intake.feed.id, intake.feed.host.id)
    guard
      let runner = FeedRunner(
        intake, delivery: await deliveries[feed], surroundings, term: { await keeper.term(of: host) },
        isOurs: { await keeper.isOurs(host) })
    else { return }
    runners[feed] = runner
    runs[feed] = Task { [before = runs[feed]] in
      await before?.value
      await runner.run()
    }
    if await keeper.isOurs(host) { await runner.hold() }
  }

  private func drained(_ feed: String, overtaken: [Window]) async {
    if let runner = runners[feed] { return await runner.ask(again: overtaken) }
    guard !overtaken.isEmpty else { return }
    surroundings.logger.warning(
      "what came out of the spool is older than what others saw, and the feed is off: backfill its last days",
      metadata: ["feed": "\(feed)"])
  }

  private func end() async {
    for runner in runners.values { await runner.end() }
    let patience = Task { [runs] in
      if !Task.isCancelled { try? await Pacing.steady.sleep(Pacing.steady.now().advanced(by: Self.patience)) }
      for run in runs.values { run.cancel() }
    }
    if Task.isCancelled { patience.cancel() }
    for run in runs.values { await run.value }
    patience.cancel()
  }

  // MARK: - One round

  /// One round of every feed whose host is free, all at once; what `--once` and the demo do.
  package func once() async -> [Round] {
    await deliveries.open()
    await deliveries.drain()
    let overtaken = await deliveries.takeOvertaken()
    let keeper = Self.keeper(of: hosts, surroundings, shares: false)
    let keeping = Task.detached {
      _ = try? await keeper.take(within: SingleRound.patience)
      try? await keeper.run()
    }
    let rounds = await withTaskGroup(of: Round.self) { group in
      for intake in intakes {
        let single = SingleRound(
          intake: intake, keeper: keeper, surroundings: surroundings, overtaken: overtaken[intake.feed.id] ?? [])
        group.addTask { [deliveries] in await single.run(through: await deliveries[intake.feed.id]) }
      }
      var rounds: [Round] = []
      for await round in group { rounds.append(round) }
      return rounds.sorted { $0.feed < $1.feed }
    }
    keeping.cancel()
    await keeping.value
    await deliveries.close()
    return rounds
  }
}
