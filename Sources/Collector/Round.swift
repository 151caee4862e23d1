import Logging
package import Market
import Store

/// What came of one request of a feed, or of all that a single round asked.
package struct Round: Sendable {
  package let feed: String
  package internal(set) var inserted = 0
  package internal(set) var unchanged = 0
  package internal(set) var rejects: [Reject] = []
  package internal(set) var flags: [ImplausibleValue] = []
  /// What went wrong, a window each; empty where all went well.
  package internal(set) var errors: [any Error] = []

  init(feed: String) { self.feed = feed }

  mutating func take(_ batch: Batch) {
    rejects += batch.rejects
    flags += batch.flags
  }

  mutating func take(_ counts: LoadCounts) {
    inserted += counts.inserted
    unchanged += counts.unchanged
  }

  /// Lines of one kind that a round may fill a log with; the database keeps them all.
  private static let mostLines = 5

  func log(to logger: Logger, signals: [Signal]) {
    let metadata: Logger.Metadata = ["feed": "\(feed)"]
    for error in errors { logger.error("\(error)", metadata: metadata) }
    for reject in rejects.prefix(Self.mostLines) { logger.warning("rejected: \(reject)", metadata: metadata) }
    if rejects.count > Self.mostLines {
      logger.warning("and \(rejects.count - Self.mostLines) more rejects", metadata: metadata)
    }
    for flag in flags.prefix(Self.mostLines) {
      let name = signals.first { $0.id == flag.signal }?.name ?? "signal \(flag.signal)"
      logger.warning(
        "stored unchanged, but implausible: \(name) \(flag.value) at \(flag.time) is \(flag.reason)",
        metadata: metadata)
    }
    if flags.count > Self.mostLines {
      logger.warning("and \(flags.count - Self.mostLines) more implausible values", metadata: metadata)
    }
    if inserted > 0 {
      logger.info("\(inserted) new values, \(unchanged) unchanged", metadata: metadata)
    } else if errors.isEmpty {
      logger.debug("nothing new, \(unchanged) values unchanged", metadata: metadata)
    }
  }
}
