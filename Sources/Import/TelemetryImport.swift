import Decode

/// A file of telemetry to its table: one reads, several load.
package struct TelemetryImport: Sendable {
  private let loaders: [TelemetryLoader]
  private let table: TelemetryTable
  private let observer: ImportObserver

  /// Rows that are loaded together: few enough that the temporary table and what waits for it stay small.
  private static let rows = 10_000

  /// - Parameter loaders: each with a connection of its own.
  package init(_ table: TelemetryTable, loaders: [TelemetryLoader], observer: ImportObserver) {
    self.table = table
    self.loaders = loaders
    self.observer = observer
  }

  /// Loads all of the file that can be loaded.
  ///
  /// Nothing is kept of how far it came: an import that was stopped is begun again, and what is there already is found
  /// there.
  ///
  /// - Throws: `TableError` where the file is no such table, ``InputError``, also after a damaged file's readable part
  ///   was loaded, `PostgresError`.
  package func run(_ input: inout InputFile) async throws -> ImportCounts {
    var decoder = TupleDecoder(table.form, generating: table.rowID)
    var run = Run()
    var damage: InputError?
    try await withThrowingTaskGroup(of: (loader: Int, outcome: TelemetryLoader.Outcome).self) { group in
      var free = Array(loaders.indices)
      var hasMore = true
      while hasMore {
        hasMore = try input.read(noting: &damage) { block, isLast in try decoder.read(block, isLast: isLast) }
        run.take(decoder.takeRefused(), observer)
        if decoder.count >= Self.rows || !hasMore && decoder.count > 0 {
          if free.isEmpty, let (loader, outcome) = try await group.next() {
            run.take(outcome, observer)
            free.append(loader)
          }
          let (loader, tuples, columns) = (free.removeLast(), decoder.takeTuples(), decoder.columns)
          group.addTask { [loaders] in (loader, try await loaders[loader].load(tuples, columns)) }
        }
        observer.progress(run.counts, input.position)
      }
      for try await (_, outcome) in group {
        run.take(outcome, observer)
        observer.progress(run.counts, input.position)
      }
    }
    if let damage { throw Damaged(error: damage, counts: run.counts) }
    return run.counts
  }

  private struct Run {
    var counts = ImportCounts()

    mutating func take(_ outcome: TelemetryLoader.Outcome, _ observer: ImportObserver) {
      counts += outcome.counts
      if !outcome.refused.isEmpty { observer.setAside(outcome.refused) }
    }

    mutating func take(_ refused: [RefusedLine], _ observer: ImportObserver) {
      counts.setAside += refused.count
      if !refused.isEmpty { observer.setAside(refused) }
    }
  }
}

/// A file that ended too early; what could be read of it is loaded.
package struct Damaged: Error, CustomStringConvertible {
  package let error: InputError
  package let counts: ImportCounts

  package var description: String { "\(error)" }
}
