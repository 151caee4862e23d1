package import Feeds
package import Market

/// Lets calls to one host through: no more at once than it may have, none while it rests after failures, and no faster
/// than its rate; first come, first served. A retry and a page pass it like any other call.
package actor HostGate {
  private let host: Host
  private var free: Int
  private let places = WaitingLine<Void>()
  private var health: HostHealth?
  private let probed = WaitingLine<Void>()
  private var permits: Permits
  private var limitWait = LimitWait()
  private let now: @Sendable () -> Instant
  private let sleep: @Sendable (Instant) async throws -> Void
  private let random: @Sendable () -> Double

  /// - Parameters:
  ///   - now: the clock that the budget is counted by.
  ///   - sleep: returns at or after the instant given; throws `CancellationError` when its task is cancelled.
  ///   - random: from 0 up to, but not including, 1, for the rests after failures.
  ///   - health: nil for what is no host to be left alone.
  ///   - liveRound: calls of one round of the host's live feeds.
  ///   - source: gives the permits of a limited host; nil counts this process alone.
  package init(
    _ host: Host, now: @escaping @Sendable () -> Instant, sleep: @escaping @Sendable (Instant) async throws -> Void,
    random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }, health: HostHealth? = HostHealth(),
    liveRound: Int = 0, permits source: PermitSource? = nil
  ) {
    self.host = host
    free = max(1, host.atOnce)
    self.health = health
    permits = Permits(host, liveRound: liveRound, source: source)
    self.now = now
    self.sleep = sleep
    self.random = random
  }

  /// Runs `call` when it may, and gives its place back whatever becomes of it.
  ///
  /// - Throws: what `call` throws; ``NoPermit``; `CancellationError` when the task is cancelled before its turn.
  package nonisolated(nonsending) func withPermit<Result: Sendable>(
    _ call: nonisolated(nonsending) () async throws -> Result
  ) async throws -> Result {
    try await enter()
    do {
      let result = try await call()
      await leave(.answered)
      return result
    } catch {
      await leave(HostHealth.Outcome(of: error))
      throw error
    }
  }

  /// Waits for a place, the host's recovery and a permit; each return is followed by one `leave`.
  ///
  /// - Throws: ``NoPermit``, `CancellationError`; the place and, where nobody took a later one, the permit go back.
  package func enter() async throws {
    try Task.checkCancellation()
    if free > 0 {
      free -= 1
    } else {
      let ticket = places.stand()
      try await places.wait(with: ticket)
    }
    do { try await waitForRecovery() } catch {
      freePlace()
      throw error
    }
    do {
      let start = try await permit()
      do {
        // A permit is for one instant: waiting for it does not hold up who comes later and waits for his own.
        if start > now() {
          limitWait.begin(at: now())
          defer { limitWait.end(at: now()) }
          try await sleep(start)
        }
        try Task.checkCancellation()
      } catch {
        if start > now() { permits.budget.giveBack(start) }
        throw error
      }
    } catch {
      leave(.unknown)
      throw error
    }
  }

  /// Gives a place back, to whoever has waited longest, and notes how the host did.
  package func leave(_ outcome: HostHealth.Outcome = .answered) {
    if health != nil {
      health?.note(outcome, at: now(), random: random())
      while probed.serve(()) {}
    }
    freePlace()
  }

  private func freePlace() {
    if !places.serve(()) { free += 1 }
  }

  /// Lets no call of this process begin before `instant`. Calls already let through go on.
  package func hold(until instant: Instant) { permits.hold(until: instant) }

  /// Lets no call begin within `pause` from now, for a server that asked for it: nobody else's either.
  package func hold(for pause: Duration) async {
    hold(until: now().advanced(by: pause))
    guard let source = permits.source else { return }
    // Without the database it holds for this process.
    try? await source.hold(pause)
  }

  /// How many calls wait for a place.
  package var waiting: Int { places.count }

  /// How long the host's rate, or its plea for a pause, has kept calls waiting; several at once count once.
  package var waitedForLimit: Duration { limitWait.total(at: now()) }

  /// Until when the host is left alone; nil where it is asked as usual.
  package var rest: Instant? { health?.rest }

  /// Calls made without a permit that are not reported yet.
  package var excess: Int { permits.excess }

  private func waitForRecovery() async throws {
    while true {
      switch health?.turn(at: now()) ?? .go {
      case .go: return
      case .wait(let until): try await sleep(until)
      case .afterProbe:
        let ticket = probed.stand()
        try await probed.wait(with: ticket)
      }
    }
  }

  private func permit() async throws -> Instant {
    if let start = permits.atHand(at: now()) { return start }
    let ticket = permits.thirsty.stand()
    limitWait.begin(at: now())
    defer { limitWait.end(at: now()) }
    if !permits.isFetching {
      permits.isFetching = true
      Task { await fetchPermits() }
    }
    return try await permits.thirsty.wait(with: ticket).get()
  }

  /// Takes permits from the source until nobody waits for one, once a second at most.
  private func fetchPermits() async {
    while let source = permits.source, permits.thirsty.count > 0 {
      do {
        if permits.nextTake > now() { try await sleep(permits.nextTake) }
        let wanted = permits.wanted
        permits.nextTake = now().advanced(by: Permits.pause)
        let block = try await source.take(wanted, permits.every, permits.budget.burst)
        permits.received(block, at: now())
        let excess = permits.excess
        if excess > 0 {
          try await source.countExcess(excess)
          permits.excess -= excess
        }
      } catch {
        // What waits for the source goes on without, or gives up; what comes later asks again.
        if await source.mayGoOn() {
          permits.goOnAlone(at: now())
        } else {
          permits.giveUp(NoPermit(host: host.id, cause: error))
        }
      }
    }
    permits.isFetching = false
  }
}
