package import Market
import Store

extension Backfill {
  package struct Failure: Sendable {
    package let window: Window
    package let error: any Error
  }

  /// How far it is, and at the end what came of it.
  package struct Progress: Sendable {
    /// To be read in all; windows that are asked for again count again.
    package private(set) var windows: Int
    package internal(set) var read = 0
    package private(set) var loaded = 0
    package private(set) var received = 0
    package private(set) var inserted = 0
    package private(set) var unchanged = 0
    package private(set) var counts = Batch.Counts()
    package private(set) var flagged = 0
    /// The first rejects, to be shown; all are kept in the database.
    package private(set) var rejects: [Reject] = []
    package internal(set) var failures: [Failure] = []
    /// Windows that somebody else observed later meanwhile; asked for again.
    package private(set) var overtaken = 0
    private var again: [Window] = []

    private static let mostRejects = 20

    init(windows: Int) { self.windows = windows }

    mutating func add(windows count: Int) { windows += count }

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
      unchanged += outcome.counts.unchanged
      overtaken += outcome.counts.overtaken.count
      again += outcome.counts.overtaken
      failures += outcome.failures
      // What was read counts as records; what the database refused of them, as its observations.
      counts.rejected += outcome.counts.rejects.count
      take(outcome.counts.rejects)
    }

    /// The windows that were overtaken since the last call, newest first.
    mutating func takeOvertaken() -> [Window] {
      defer { again = [] }
      return again.sorted { $0.from > $1.from }
    }
  }
}
