package import Feeds
package import Market
package import Store

/// Which hosts are ours at an instant: a plain value, told what the database said and asked with an instant.
///
/// The database alone decides who holds a host. Our own clock, one that nobody sets, only bounds how long its last
/// word is trusted: from before it was asked, for the lease less a margin. Without the database we go on with what we
/// hold, since what nobody asks for is lost and what two ask for is not; but not with a strict host, which another may
/// have taken over meanwhile.
package struct Leases: Sendable {
  package enum Change: Hashable, Sendable {
    /// Its feeds are ours to ask.
    case gained(host: String)
    /// They are not any more, this instant.
    case lost(host: String)
    /// Finish what is under way, ask no more, and release it: another that wants it holds fewer.
    case letGo(host: String)
  }

  private struct Held {
    /// nil where the database has not confirmed it.
    var epoch: Int64?
    var trustedUntil: Instant
    var isLeaving = false
  }

  /// One name a start: together with the epoch it is the fence.
  package let holder: String
  /// How long a lease lasts by the database's clock: 15 s.
  package let lease: Duration
  private let margin: Duration
  private let isAlone: Bool
  private let remembered: Set<String>?
  private var hosts: [String: Host]
  private var held: [String: Held] = [:]
  /// Given back by us, and when the database had heard of it: an answer to an older question says nothing of them.
  private var givenBack: [String: Instant] = [:]
  private var wasAnswered = false

  /// - Parameters:
  ///   - hosts: those whose feeds we have.
  ///   - margin: how much before its end a lease is no longer trusted, for what is slow between deciding and calling.
  ///   - isAlone: somebody vouches that there is no other collector (`--alone`).
  ///   - remembered: what an earlier start held, where its state folder tells; nil where it never held any.
  package init(
    hosts: [Host], holder: String, lease: Duration = .seconds(15), margin: Duration = .seconds(2),
    isAlone: Bool = false, remembered: Set<String>? = nil
  ) {
    self.hosts = Dictionary(uniqueKeysWithValues: hosts.map { ($0.id, $0) })
    self.holder = holder
    self.lease = lease
    self.margin = margin
    self.isAlone = isAlone
    self.remembered = remembered
  }

  /// All to ask the database for: what we want, and what we hold until it is released.
  package var asked: [String] { Set(hosts.keys).union(held.keys).sorted() }
  package var strict: [String] { hosts.values.filter(\.isStrict).map(\.id).sorted() }
  /// What the database has confirmed, for the state folder to remember.
  package var confirmed: Set<String> { Set(held.filter { $0.value.epoch != nil }.keys) }

  package func isOurs(_ host: String, at now: Instant) -> Bool {
    guard let held = held[host] else { return false }
    return !endsUnseen(host) || now < held.trustedUntil
  }

  /// In whose name a round of the host is noted; nil without one that the database confirmed.
  package func term(of host: String) -> HostLease.Term? {
    held[host]?.epoch.map { HostLease.Term(host: host, holder: holder, epoch: $0) }
  }

  /// What the database said.
  ///
  /// - Parameter askedAt: before it was asked.
  package mutating func answered(_ rows: [HostLease], askedAt: Instant) -> [Change] {
    wasAnswered = true
    var changes: [Change] = []
    for row in rows.sorted(by: { $0.host < $1.host }) {
      if let since = givenBack[row.host], askedAt <= since { continue }
      givenBack[row.host] = nil
      guard row.holder == holder else {
        if held.removeValue(forKey: row.host) != nil { changes.append(.lost(host: row.host)) }
        continue
      }
      if held[row.host] == nil { changes.append(.gained(host: row.host)) }
      let until = askedAt.advanced(by: lease - margin)
      let wasLeaving = held[row.host]?.isLeaving ?? false
      let isLeaving = wasLeaving || row.letGo || hosts[row.host] == nil
      held[row.host] = Held(epoch: row.epoch, trustedUntil: until, isLeaving: isLeaving)
      if isLeaving, !wasLeaving { changes.append(.letGo(host: row.host)) }
    }
    return changes
  }

  /// The database did not answer. A process that never heard of it goes on where the one before it stopped, or takes
  /// all; a strict host only where somebody vouches for it.
  package mutating func unanswered(at now: Instant) -> [Change] {
    guard !wasAnswered, held.isEmpty else { return expired(at: now) }
    let resumed = hosts.values.filter { (remembered?.contains($0.id) ?? true) && !endsUnseen($0.id) }
    for host in resumed { held[host.id] = Held(epoch: nil, trustedUntil: now) }
    return resumed.map { .gained(host: $0.id) }.sorted { "\($0)" < "\($1)" }
  }

  /// Strict hosts whose lease has run out unseen by now.
  package mutating func expired(at now: Instant) -> [Change] {
    let ended = held.keys.filter { !isOurs($0, at: now) }.sorted()
    for host in ended { held[host] = nil }
    return ended.map { .lost(host: $0) }
  }

  /// When the next of them does.
  package var nextEnd: Instant? { held.filter { endsUnseen($0.key) }.map(\.value.trustedUntil).min() }

  /// Given back by us: no longer ours, whatever the database says until it has heard of it.
  package mutating func giveBack(_ host: String) {
    held[host] = nil
    givenBack[host] = .distantFuture
  }

  /// The database has heard of it, or could not be told: what it says from now on counts.
  package mutating func gaveBack(_ host: String, at now: Instant) { givenBack[host] = now }

  /// Other hosts from now on; those that we hold and want no more are to be let go.
  package mutating func want(_ hosts: [Host]) -> [Change] {
    self.hosts = Dictionary(uniqueKeysWithValues: hosts.map { ($0.id, $0) })
    let unwanted = held.filter { self.hosts[$0.key] == nil && !$0.value.isLeaving }.keys.sorted()
    for host in unwanted { held[host]?.isLeaving = true }
    return unwanted.map { .letGo(host: $0) }
  }

  private func endsUnseen(_ host: String) -> Bool { (hosts[host]?.isStrict ?? false) && !isAlone }
}
