import Decode
import Feeds
import Import
import Intake
import Market
import Postgres
import Store

/// Carries out an import, file by file: one that cannot be used does not keep the others out.
struct ImportSession: Sendable {
  let settings: Settings
  let database: DatabaseAccess
  let report: ImportReport

  func importTelemetry(_ files: [String], _ table: TelemetryTable, connections count: Int) async throws {
    try await database.with(connections: count) { connections in
      let loaders = connections.map { TelemetryLoader(connection: $0, table: table) }
      try await each(files) { name, observer in
        var input = try InputFile.open(name)
        return try await TelemetryImport(table, loaders: loaders, observer: observer).run(&input)
      }
    }
  }

  func importHistory(_ files: [String]) async throws {
    let signals = try await database.signals()
    try await each(files, isHistory: true) { name, observer in
      try await database.with { connection in
        let loader = try await Loader(connection: connection, source: "import \(name)")
        // As far ahead of its own clock the database takes an observed_at.
        let latest = Pacing.system.now().advanced(by: .minutes(5))
        let history = HistoryImport(loader: loader, signals: signals, latest: latest, observer: observer)
        return try await loader.waitingOnce {
          var input = try InputFile.open(name)
          return try await history.run(&input)
        }
      }
    }
  }

  /// - Parameter observedAt: nil for when each file was read.
  func importReplies(_ files: [String], of id: String, folder: String?, observedAt: Instant?) async throws {
    let session = try FeedSession(settings, folder: folder, signals: try await database.signals())
    guard let feed = session.catalog[id] else {
      throw UnknownName("feed", id, known: session.catalog.feeds.map(\.id))
    }
    try await database.with { try await session.recordSupplies(through: $0) }
    try await each(files) { name, observer in
      try await database.with { connection in
        let loader = try await Loader(connection: connection, source: "import \(name)")
        let replies = try ReplyImport(feed, london: settings.london, connection: connection, loader: loader)
        var input = try InputFile.open(name)
        let outcome = try await replies.run(&input) { observedAt ?? Pacing.system.now() }
        report.add(outcome, of: name, feed: id)
        observer.progress(outcome.counts, input.position)
        return outcome.counts
      }
    }
  }

  private func each(
    _ files: [String], isHistory: Bool = false, _ load: (String, ImportObserver) async throws -> ImportCounts
  ) async throws {
    for name in files {
      let observer = report.begin(name)
      do {
        report.end(name, try await load(name, observer))
      } catch let error as Damaged {
        report.end(name, error.counts, error.error)
      } catch let error as TableError where isHistory {
        report.end(name, nil, error)
        tell("a provider's file is read with --feed ID, telemetry with --table NAME")
      } catch let error
        where error is InputError || error is TableError || error is OutOfOrder || error is DecodeError
      {
        report.end(name, nil, error)
      }
    }
  }
}
