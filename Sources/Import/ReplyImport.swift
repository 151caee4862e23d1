import Decode
package import Feeds
import Intake
package import Market
package import Postgres
package import Store

/// A provider's file to observations, by the rules of the feed that would fetch it.
///
/// From the decoder on it is a reply like any other: rejects, flags and coverage are recorded.
package struct ReplyImport: Sendable {
  private let feed: Feed
  private let decoder: Decoder
  private let connection: Connection
  private let loader: Loader

  /// As of a reply that is fetched: all of it is read before anything of it is decoded.
  package static let mostBytes = 64 << 20

  /// What came of one file.
  package struct Outcome: Sendable {
    package let counts: ImportCounts
    package let rejects: [Reject]
    package let flagged: Int
    /// A later reply of the same days had been loaded before.
    package let isOvertaken: Bool
    /// The span of what it has.
    package let window: Window?
    /// The file is one page of several.
    package let hasNextPage: Bool
  }

  /// - Throws: ``NoTable`` for a feed whose reply says something of its own moment alone.
  package init(
    _ feed: Feed, london: LondonClock, connection: Connection, loader: Loader
  ) throws(NoTable) {
    guard case .records = feed.reading else { throw NoTable(feed: feed.id) }
    self.feed = feed
    self.connection = connection
    self.loader = loader
    decoder = Decoder(feed, london: london)
  }

  /// - Parameter observedAt: once the file was read.
  /// - Throws: `DecodeError` for a file that is not what the feed describes, which is recorded, ``InputError``,
  ///   `LoadError`.
  package func run(_ input: inout InputFile, observedAt: () -> Instant) async throws -> Outcome {
    let bytes = try input.readWhole(limit: Self.mostBytes)
    let observedAt = observedAt()
    let page: Decoder.Page
    do throws(DecodeError) {
      page = try decoder.decode(bytes.span, window: nil, observedAt: observedAt, from: input.name)
    } catch {
      if let reject = Reject(failed: error, feed: feed.id, window: nil) {
        try await RejectLog.record([reject], feed: feed.id, observedAt: observedAt, window: nil, through: connection)
      }
      throw error
    }
    let batch = page.batch
    let loaded = try await loader.loadSalvaging(batch)
    var counts = ImportCounts()
    (counts.received, counts.inserted, counts.unchanged) = (loaded.received, loaded.inserted, loaded.unchanged)
    counts.setAside = batch.counts.rejected + loaded.rejects.count
    let (first, last) = (batch.observations.last?.time, batch.observations.first?.time)
    return Outcome(
      counts: counts, rejects: batch.rejects + loaded.rejects, flagged: batch.flags.count,
      isOvertaken: !loaded.overtaken.isEmpty,
      window: first.flatMap { first in last.map { Window(from: first, to: $0.advanced(by: .minutes(30))) } },
      hasNextPage: page.next != nil)
  }
}

/// A feed whose reply is no table of records.
package struct NoTable: Error, Hashable, CustomStringConvertible {
  package let feed: String

  package var description: String {
    "\(feed) cannot be imported: its replies say what was planned at one moment for all assets together"
  }
}
