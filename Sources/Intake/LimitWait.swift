package import Market

/// How long a host's rate kept calls waiting: the time in which at least one of them waited for its permit.
package struct LimitWait: Hashable, Sendable {
  private var waiting = 0
  /// When the first of those who wait began to.
  private var since = Instant(microseconds: 0)
  private var before = Duration.zero

  package init() {}

  package mutating func begin(at now: Instant) {
    if waiting == 0 { since = now }
    waiting += 1
  }

  package mutating func end(at now: Instant) {
    waiting -= 1
    if waiting == 0 { before += now.since(since) }
  }

  package func total(at now: Instant) -> Duration { waiting == 0 ? before : before + now.since(since) }
}
