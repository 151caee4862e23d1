import Market
import Postgres
import Store

/// One feed's way to the database.
actor Delivery {
  private let feed: String
  private let link: LoaderLink

  init(_ settings: ConnectionSettings, feed: String) {
    self.feed = feed
    link = LoaderLink(settings, feed: feed)
  }

  func deliver(_ batch: Batch) async throws -> LoadCounts { try await link.load(batch) }

  func history(since earliest: Instant) async throws -> FeedHistory { try await link.history(since: earliest) }

  func record(attemptedAt: Instant, error: (any Error)?, nextDue: Instant?) async {
    try? await link.record(attemptedAt: attemptedAt, error: error.map { "\($0)" }, nextDue: nextDue)
  }

  func close() async { await link.close() }
}
