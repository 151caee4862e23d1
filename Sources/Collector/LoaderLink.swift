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

  /// A larger batch is the last of its connection: libpq never gives back the room that a statement took, and a whole
  /// history's, 16 MiB, would be kept until the same comes a day later.
  private static let mostObservationsKept = 20_000

  package init(_ settings: ConnectionSettings, feed: String) {
    self.settings = settings
    self.feed = feed
  }

  /// - Throws: `LoadError`, `NotDeployed`, `PostgresError` where there is no connection. The next call connects again.
  package func load(_ batch: Batch) async throws -> LoadCounts {
    defer { if batch.observations.count > Self.mostObservationsKept { abandon() } }
    return try await using { try await $0.loader.loadSalvaging(batch) }
  }

  /// Keeps what came of a request of which nothing could be used.
  package func keep(_ reject: Reject, observedAt: Instant, window: Window?) async throws {
    try await using { [feed] in
      try await RejectLog.record(
        [reject], feed: feed, observedAt: observedAt, window: window, through: $0.connection)
    }
  }

  /// Notes how a round went, in `flux_ops.feed_state`.
  ///
  /// - Returns: false where the lease has ended, and nothing was noted.
  package func record(
    attemptedAt: Instant, error: String?, nextDue: Instant?, newestTime: Instant?, under term: HostLease.Term
  ) async throws -> Bool {
    try await using { [feed] in
      try await FeedState.record(
        feed, attemptedAt: attemptedAt, error: error, nextDue: nextDue, newestTime: newestTime, under: term,
        through: $0.connection)
    }
  }

  /// What earlier runs of the service saw of the feed.
  package func history(since earliest: Instant) async throws -> FeedHistory {
    try await using { [feed] in try await FeedHistory.read(feed, since: earliest, through: $0.connection) }
  }

  /// - Throws: where the database does not answer.
  package func answer() async throws { try await using { _ = try await $0.connection.query("SELECT 1") } }

  /// Takes another connection from now on; the old one is closed when its server has answered.
  package func abandon() {
    guard let connection = session?.connection else { return }
    session = nil
    Task { await connection.close() }
  }

  package func close() async {
    await session?.connection.close()
    session = nil
  }

  /// A connection that was lost between two rounds shows it only when it is used; the same again through a new one
  /// does no harm, whatever became of the first.
  private func using<T: Sendable>(_ body: (Session) async throws -> T) async throws -> T {
    if let known = session, await known.connection.isOpen {
      do { return try await body(known) } catch {
        guard !Task.isCancelled, !(await known.connection.isOpen) else { throw error }
      }
    }
    return try await body(try await connected())
  }

  private func connected() async throws -> Session {
    await close()
    let connection = try await Connection.open(settings)
    do {
      let session = Session(
        connection: connection, loader: try await Loader(connection: connection, source: "collect \(feed)"))
      self.session = session
      return session
    } catch {
      await connection.close()
      throw error
    }
  }
}
