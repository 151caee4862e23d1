import Logging
package import Market
import Store

/// What came of one request of a feed, or of all that a single round asked.
package struct Round: Sendable {
  package let feed: String
  package internal(set) var inserted = 0
  package internal(set) var unchanged = 0
  /// Observations that wait in the spool, since the database could not take them.
  package internal(set) var spooled = 0
  package internal(set) var rejects: [Reject] = []
  package internal(set) var flags: [ImplausibleValue] = []
  /// The latest time that an observation of it is of.
  package internal(set) var newestTime: Instant?
  /// Why nothing was asked: somebody else's business, or nobody's just now; nil where something was.
  package internal(set) var leftOut: String?
  /// What went wrong, a window each; empty where all went well.
  package internal(set) var errors: [any Error] = []

  /// The first fault of the feed's own; that the database is away, or the spool full, is none.
  var failure: (any Error)? { errors.first { !($0 is Spooled || $0 is NoRoom) } }

  init(feed: String) { self.feed = feed }

  /// Notes what became of a batch.
  ///
  /// - Returns: the windows that are to be asked for again.
  mutating func take(_ batch: Batch, _ outcome: Delivery.Outcome) -> [Window] {
    rejects += batch.rejects
    flags += batch.flags
    newestTime = [newestTime, batch.newestTime].compactMap { $0 }.max()
    switch outcome {
    case .loaded(let counts):
      inserted += counts.inserted
      unchanged += counts.unchanged
      rejects += counts.rejects
      return counts.overtaken
    case .spooled(let reason):
      spooled += batch.observations.count
      errors.append(Spooled(observations: batch.schedule == nil ? batch.observations.count : nil, reason: reason))
      return []
    }
  }

  /// Lines of one kind that a round may fill a log with; the database keeps them all.
  private static let mostLines = 5

  func log(to logger: Logger, signals: [Signal]) {
    let metadata: Logger.Metadata = ["feed": "\(feed)"]
    if let leftOut { logger.notice("not asked: \(leftOut)", metadata: metadata) }
    for error in errors { logger.error("\(error)", metadata: metadata) }
    // The provider has changed its form.
    for alarm in rejects where alarm.isAlarm { logger.error("\(alarm)", metadata: metadata) }
    for reject in rejects.prefix(Self.mostLines) where !reject.isAlarm {
      logger.warning("rejected: \(reject)", metadata: metadata)
    }
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
    } else if errors.isEmpty, leftOut == nil {
      logger.debug("nothing new, \(unchanged) values unchanged", metadata: metadata)
    }
  }
}

/// A batch that the database could not take; it is on the disk.
package struct Spooled: Error, CustomStringConvertible {
  /// nil for a round of dispatch, which becomes observations when it is loaded.
  package let observations: Int?
  package let reason: any Error

  package var description: String {
    "\(observations.map { "\($0) values wait" } ?? "a round of dispatch waits") in the spool: \(reason)"
  }
}

/// Nothing more was asked, since a reply could have been kept nowhere.
package struct NoRoom: Error, CustomStringConvertible {
  package let problem: String

  package var description: String { "nothing is asked: \(problem)" }
}
