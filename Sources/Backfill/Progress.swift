package import Feeds
package import Market
import Store

extension Backfill {
  package struct Failure: Sendable {
    package let window: Window
    package let error: any Error
  }

  /// How far it is, and at the end what came of it.
  package struct Progress: Sendable {
    /// To be read by this worker, as far as it can tell: what it claimed, and what nobody has done yet. Windows that
    /// are asked for again count again.
    package private(set) var windows: Int
    private var claimed = 0
    package internal(set) var read = 0
    package private(set) var loaded = 0
    package private(set) var received = 0
    package private(set) var inserted = 0
    /// Those inserted that replaced another value of the same time.
    package private(set) var revised = 0
    /// Those of times of which nothing was known.
    package var new: Int { inserted - revised }
    package private(set) var unchanged = 0
    package private(set) var counts = Batch.Counts()
    package private(set) var flagged = 0
    /// The first rejects, to be shown; all are kept in the database.
    package private(set) var rejects: [Reject] = []
    /// Those that were set aside.
    package internal(set) var failures: [Failure] = []
    /// Windows that somebody else observed later meanwhile; asked for again.
    package private(set) var overtaken = 0

    private static let mostRejects = 20

    init(windows: Int) { self.windows = windows }

    /// How long the windows left will take, each one call: as long as those before, and no less than the host's rate
    /// says; nil before the first is read and where none is left.
    package func timeLeft(after elapsed: Duration, rate: Host.Rate) -> Duration? {
      guard read > 0, read < windows else { return nil }
      let seen = elapsed * (windows - read) / read
      return max(seen, rate.leastTime(of: windows - read) ?? .zero)
    }

    /// - Parameter left: windows beside those that this worker has claimed.
    mutating func claim(_ count: Int, left: Int) {
      claimed += count
      windows = claimed + left
    }

    mutating func take(_ batch: Batch) {
      counts += batch.counts
      flagged += batch.flags.count
      take(batch.rejects)
    }

    private mutating func take(_ more: [Reject]) {
      if rejects.count < Self.mostRejects { rejects += more.prefix(Self.mostRejects - rejects.count) }
    }

    mutating func take(_ outcome: LoadOutcome) {
      loaded += outcome.windows
      received += outcome.counts.received
      inserted += outcome.counts.inserted
      revised += outcome.counts.revised
      unchanged += outcome.counts.unchanged
      overtaken += outcome.counts.overtaken.count
      // What was read counts as records; what the database refused of them, as its observations.
      counts.rejected += outcome.counts.rejects.count
      take(outcome.counts.rejects)
    }
  }
}
