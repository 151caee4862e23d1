package import Feeds
package import Intake
package import Market
package import Postgres
import ServiceLifecycle
package import Store

/// Renews our leases, claims our part of the hosts, and says what became ours and what did not stay so.
///
/// Its connection is its own: a load that takes long, or locks that pile up, must not cost a lease.
package actor LeaseKeeper: Service {
  /// What changed, in order; one reader.
  package nonisolated let changes: AsyncStream<Leases.Change>
  private let tell: AsyncStream<Leases.Change>.Continuation
  private var leases: Leases
  private var mayClaim = true
  private let shares: Bool
  private let connection: OwnConnection
  private let pacing: Pacing
  private let remember: @Sendable (Set<String>) -> Void
  private var wasRemembered: Set<String> = []
  /// What the database said last of each host, others' included.
  package private(set) var newest: [HostLease] = []
  /// Why the database did not answer last; nil where it did.
  package private(set) var problem: (any Error)?

  /// - Parameters:
  ///   - shares: false for a run that will be over soon: it takes what is free, and nobody makes room for it.
  ///   - pacing: of a clock that nobody sets.
  ///   - remember: told all that the database confirmed, whenever it changes; kept in the state folder.
  package init(
    _ leases: Leases, database: ConnectionSettings, shares: Bool = true, pacing: Pacing = .steady,
    remember: @escaping @Sendable (Set<String>) -> Void = { _ in }
  ) {
    self.leases = leases
    self.shares = shares
    self.pacing = pacing
    self.remember = remember
    connection = OwnConnection(database, patience: max(leases.lease / 5, .seconds(1)))
    (changes, tell) = AsyncStream.makeStream()
  }

  /// Renews three times a lease, until cancelled or asked to shut down gracefully; then all is released.
  package func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        let next = await self.renew()
        do { try await self.pacing.sleep(next) } catch { break }
      }
    }
    await leave()
  }

  /// One renewal.
  ///
  /// - Returns: when the next is due.
  @discardableResult
  package func renew() async -> Instant {
    let askedAt = pacing.now()
    do {
      let (hosts, strict, holder, lease) = (leases.asked, leases.strict, leases.holder, leases.lease)
      let (mayClaim, shares) = (mayClaim, shares)
      let rows = try await connection.use {
        try await HostLease.hold(
          hosts, strict: strict, for: holder, lease: lease, mayClaim: mayClaim, shares: shares, through: $0)
      }
      (problem, newest) = (nil, rows)
      publish(leases.answered(rows, askedAt: askedAt) + leases.expired(at: pacing.now()))
    } catch {
      if !(error is CancellationError) { problem = error }
      publish(leases.unanswered(at: pacing.now()))
    }
    // Sooner where it failed, and where a strict host has to be stopped in time.
    let pause = problem == nil ? leases.lease / 3 : leases.lease / 15
    return min(askedAt.advanced(by: pause), max(leases.nextEnd ?? .distantFuture, pacing.now()))
  }

  /// Renews until all hosts are ours, or for `patience`: for one round, which leaves the rest to whoever holds it.
  ///
  /// - Returns: those that another holds; none where the database does not answer, which `problem` tells then.
  package func take(within patience: Duration) async throws(CancellationError) -> [HostLease] {
    let end = pacing.now().advanced(by: patience)
    while true {
      await renew()
      let others = newest.filter { !leases.isOurs($0.host, at: pacing.now()) }
      let next = pacing.now().advanced(by: leases.lease / 15)
      if others.isEmpty || next > end { return others }
      do { try await pacing.sleep(next) } catch { throw CancellationError() }
    }
  }

  /// Releases a host that is asked no more, for another to take.
  package func release(_ host: String) async {
    let term = leases.term(of: host)
    leases.giveBack(host)
    publish([])
    // Where that fails it is ours again with the next answer, and to be let go once more.
    if let term { _ = try? await connection.use { try await HostLease.release(term, through: $0) } }
    leases.gaveBack(host, at: pacing.now())
  }

  /// Takes nothing more, for the time between being asked to stop and having stopped.
  package func claimNoMore() { mayClaim = false }

  /// Other hosts from now on.
  package func want(_ hosts: [Host]) { publish(leases.want(hosts)) }

  package func isOurs(_ host: String) -> Bool { leases.isOurs(host, at: pacing.now()) }

  /// In whose name a round of the host is noted.
  package func term(of host: String) -> HostLease.Term? { leases.term(of: host) }

  /// What was held stays remembered: without the database the next start goes on with it.
  private func leave() async {
    let (held, holder) = (leases.confirmed, leases.holder)
    for host in held.sorted() {
      leases.giveBack(host)
      tell.yield(.lost(host: host))
    }
    tell.finish()
    // In a task of its own, since this one was cancelled: what is not released is missed for a whole lease.
    let connection = connection
    _ = try? await Task { try await connection.use { try await HostLease.leave(holder, through: $0) } }.value
    await connection.close()
  }

  private func publish(_ changes: [Leases.Change]) {
    for change in changes { tell.yield(change) }
    // What the database has not confirmed is remembered as it was: it may well be ours still.
    guard problem == nil, leases.confirmed != wasRemembered else { return }
    wasRemembered = leases.confirmed
    remember(wasRemembered)
  }
}
