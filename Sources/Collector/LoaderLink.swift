package import Market
package import Postgres
package import Store

/// One feed's way to the database: a connection and its loader, made anew after they were lost.
package actor LoaderLink {
  private struct Session {
    let connection: Connection
    let loader: Loader
  }

  private let settings: ConnectionSettings
  private let feed: String
  private var session: Session?

  package init(_ settings: ConnectionSettings, feed: String) {
    self.settings = settings
    self.feed = feed
  }

  /// - Throws: `LoadError`, `NotDeployed`, `PostgresError` where there is no connection. The next call connects again.
  package func load(_ batch: Batch) async throws -> LoadCounts {
    try await using { try await $0.loader.load([batch]) }
  }

  /// Notes how a round went, in `flux_ops.feed_state`.
  package func record(attemptedAt: Instant, error: String?, nextDue: Instant?) async throws {
    try await using { [feed] in
      try await FeedState.record(
        feed, attemptedAt: attemptedAt, error: error, nextDue: nextDue, through: $0.connection)
    }
  }

  package func close() async {
    await session?.connection.close()
    session = nil
  }

  private func using<T: Sendable>(_ body: (Session) async throws -> T) async throws -> T {
    let session: Session
    if let known = self.session, await known.connection.isOpen {
      session = known
    } else {
      await self.session?.connection.close()
      let connection = try await Connection.open(settings)
      do {
        session = Session(
          connection: connection, loader: try await Loader(connection: connection, source: "collect \(feed)"))
      } catch {
        await connection.close()
        throw error
      }
      self.session = session
    }
    return try await body(session)
  }
}
