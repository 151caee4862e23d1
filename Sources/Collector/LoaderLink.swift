package import Market
package import Postgres
package import Store

/// The service's way to the database: one loader, made anew after its connection was lost.
package actor LoaderLink {
  private let settings: ConnectionSettings
  private var loader: Loader?

  package init(_ settings: ConnectionSettings) { self.settings = settings }

  /// Loads in the order of the calls.
  ///
  /// - Throws: what the loader throws. After it the next call connects again.
  package func load(_ batches: [Batch], source: String) async throws -> LoadCounts {
    try await using { try await $0.load(batches, source: source) }
  }

  package func record(_ attempt: FeedState.Attempt) async throws {
    try await using { try await FeedState(connection: $0.connection).record(attempt) }
  }

  private func using<T: Sendable>(_ body: @Sendable (Loader) async throws -> T) async throws -> T {
    let loader: Loader
    if let known = self.loader {
      loader = known
    } else {
      loader = try await Loader(connection: try await Connection.open(settings))
      self.loader = loader
    }
    do {
      return try await body(loader)
    } catch let error as PostgresError {
      if await !loader.connection.isOpen {
        await loader.connection.close()
        if self.loader === loader { self.loader = nil }
      }
      throw error
    }
  }
}
