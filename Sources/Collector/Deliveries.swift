import FluxMetrics
import Intake
import Logging
import Market
import Spool
import Store

/// The ways of all feeds into the database, of those too that are off or gone and of which something waits in the spool.
actor Deliveries {
  private let surroundings: Surroundings
  private var deliveries: [String: Delivery] = [:]
  /// Windows that others observed later than what came out of the spool, by feed.
  private var overtaken: [String: [Window]] = [:]
  /// What waits in a spool that could not be opened yet is not known: of each feed something may.
  private var isUnknown = false

  /// Between two looks at the spool.
  private static let look = Duration.seconds(5)

  init(_ surroundings: Surroundings) { self.surroundings = surroundings }

  subscript(feed: String) -> Delivery { delivery(feed, hasWaiting: isUnknown) }

  /// Looks for what earlier runs left in the spool.
  func open() async {
    do {
      for feed in try await surroundings.spool.feeds() { _ = delivery(feed, hasWaiting: true) }
      if isUnknown { surroundings.logger.notice("the spool is open") }
      isUnknown = false
    } catch {
      if !isUnknown { surroundings.logger.critical("what is fetched can wait nowhere: \(error)") }
      isUnknown = await surroundings.spool.mayHold
    }
  }

  /// Empties the spool again and again, until its task is cancelled.
  ///
  /// - Parameter report: told of each feed of which something was loaded.
  func drainAgainAndAgain(report: @Sendable (_ feed: String, _ overtaken: [Window]) async -> Void) async {
    while !Task.isCancelled {
      if await !surroundings.spool.isOpen { await open() }
      await drain()
      for (feed, windows) in takeOvertaken() { await report(feed, windows) }
      await measure()
      try? await Pacing.steady.sleep(Pacing.steady.now().advanced(by: Self.look))
    }
  }

  /// Loads what waits, each feed's in its order.
  func drain() async {
    let deliveries = Array(deliveries.values)
    await withDiscardingTaskGroup { group in
      for delivery in deliveries { group.addTask { await self.drain(delivery) } }
    }
  }

  /// The windows to be asked for again since the last call, by feed; a feed of which something was loaded has a list,
  /// if an empty one.
  func takeOvertaken() -> [String: [Window]] {
    defer { overtaken = [:] }
    return overtaken
  }

  func close() async {
    for delivery in deliveries.values { await delivery.close() }
  }

  private func delivery(_ feed: String, hasWaiting: Bool) -> Delivery {
    if let known = deliveries[feed] { return known }
    let delivery = Delivery(feed: feed, surroundings, hasWaiting: hasWaiting)
    deliveries[feed] = delivery
    return delivery
  }

  private func drain(_ delivery: Delivery) async {
    let drained = await delivery.drain()
    var logger = surroundings.logger
    logger[metadataKey: "feed"] = "\(delivery.feed)"
    if drained.counts.received > 0 {
      overtaken[delivery.feed, default: []] += drained.counts.overtaken
      logger.notice("from the spool: \(drained.counts.inserted) new values, \(drained.counts.unchanged) unchanged")
    }
    if let failure = drained.failure, !Task.isCancelled { logger.debug("still in the spool: \(failure)") }
  }

  private func measure() async {
    guard let status = try? await surroundings.spool.status() else {
      return surroundings.metrics.spool(isUp: false)
    }
    surroundings.metrics.spool(isUp: true)
    surroundings.metrics.spool(
      SpoolFill(
        bytes: Int(status.bytes), batches: status.waiting.batches, observations: status.waiting.observations,
        oldest: status.waiting.oldest, limit: Int(status.limit), setAside: status.setAside.batches))
  }
}
