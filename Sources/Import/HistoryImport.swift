import Decode
package import Market
internal import Postgres
package import Store

/// A file that `flux-market history` wrote, to the same revisions: each observation is loaded at its own observed_at.
///
/// No feed was asked, so there is no coverage: a backfill asks for the same days all the same.
package struct HistoryImport: Sendable {
  private let loader: Loader
  private let signals: [Signal]
  private let latest: Instant
  private let observer: ImportObserver

  /// Revisions that are put in their order together.
  private static let revisions = 200_000

  /// - Parameters:
  ///   - signals: all that the database knows.
  ///   - latest: the latest instant at which anything can have been observed.
  package init(loader: Loader, signals: [Signal], latest: Instant, observer: ImportObserver) {
    self.loader = loader
    self.signals = signals
    self.latest = latest
    self.observer = observer
  }

  /// Loads the revisions of each time in the order in which they were learnt.
  ///
  /// A file is taken piece by piece where it goes forward in time, as `history` writes it.
  ///
  /// - Throws: `TableError` where the file is none of `history`, ``OutOfOrder``, ``InputError``, `LoadError`;
  ///   ``Damaged`` once a damaged file's readable part was loaded.
  package func run(_ input: inout InputFile) async throws -> ImportCounts {
    var decoder = RevisionDecoder(signals: signals, latest: latest)
    var counts = ImportCounts()
    var waiting: [Revision] = []
    var loadedTo: Instant?
    var damage: InputError?
    var hasMore = true
    while hasMore {
      hasMore = try input.read(noting: &damage) { block, isLast in try decoder.read(block, isLast: isLast) }
      let refused = decoder.takeRefused()
      counts.setAside += refused.count
      if !refused.isEmpty { observer.setAside(refused) }
      if decoder.count + waiting.count >= Self.revisions || !hasMore {
        waiting += decoder.takeRevisions()
        // The last time's later revisions may be still to come.
        let last = waiting.last?.observation.time
        var piece = waiting
        waiting = []
        if hasMore, let last, piece.contains(where: { $0.observation.time != last }) {
          waiting = Array(piece.suffix(while: { $0.observation.time == last }))
          piece.removeLast(waiting.count)
        }
        if let first = piece.min(by: { $0.observation.time < $1.observation.time }) {
          if let loadedTo, first.observation.time <= loadedTo { throw OutOfOrder(line: first.line) }
          loadedTo = piece.map(\.observation.time).max()
        }
        counts += try await load(piece, after: counts, input.position)
      }
      observer.progress(counts, input.position)
    }
    if let damage { throw Damaged(error: damage, counts: counts) }
    return counts
  }

  /// What is observed together is one load.
  private struct Occasion: Hashable {
    let observedAt: Instant
    /// Metadata that is given is compared: not with those of signals that have none.
    let isDescribed: Bool
  }

  private func load(
    _ piece: [Revision], after counts: ImportCounts, _ position: Int64?
  ) async throws -> ImportCounts {
    let described = Set(piece.filter { $0.metadata != nil }.map(\.observation.signal))
    let occasions = Dictionary(grouping: piece) {
      Occasion(observedAt: $0.observedAt, isDescribed: described.contains($0.observation.signal))
    }
    var loaded = ImportCounts()
    for (number, occasion) in occasions.sorted(by: { $0.key.observedAt < $1.key.observedAt }).enumerated() {
      let newestFirst = occasion.value.indices.sorted { left, right in
        let (left, right) = (occasion.value[left], occasion.value[right])
        return (right.observation.time, left.observation.signal, left.line)
          < (left.observation.time, right.observation.signal, right.line)
      }
      loaded += try await load(newestFirst.map { occasion.value[$0] }, occasion.key)
      if number % 100 == 99 {
        var soFar = counts
        soFar += loaded
        observer.progress(soFar, position)
      }
    }
    return loaded
  }

  private func load(_ revisions: [Revision], _ occasion: Occasion) async throws -> ImportCounts {
    var batch = Batch(feed: "history", window: nil, observedAt: occasion.observedAt)
    batch.observations = revisions.map(\.observation)
    if occasion.isDescribed { batch.metadata = revisions.map(\.metadata) }
    var counts = ImportCounts()
    do throws(LoadError) {
      let loaded = try await loader.loadUnasked(batch)
      (counts.received, counts.inserted, counts.unchanged) = (loaded.received, loaded.inserted, loaded.unchanged)
    } catch {
      guard case .refused(let cause) = error else { throw error }
      guard revisions.count > 1 else {
        counts.setAside = 1
        observer.setAside([
          RefusedLine(
            line: revisions[0].line, column: "", value: "", reason: "was refused by the database: \(cause.message)")
        ])
        return counts
      }
      let middle = revisions.count / 2
      counts += try await load(Array(revisions[..<middle]), occasion)
      counts += try await load(Array(revisions[middle...]), occasion)
    }
    return counts
  }
}

/// A large file of history that goes back in time.
package struct OutOfOrder: Error, Hashable, CustomStringConvertible {
  package let line: Int

  package var description: String {
    "line \(line) goes back in time: a file of more than 200000 lines must have its oldest times first, "
      + "as `flux-market history` writes it; what comes before is loaded"
  }
}

extension Array {
  /// The longest end of which all elements are so.
  fileprivate func suffix(while isWanted: (Element) -> Bool) -> ArraySlice<Element> {
    var start = endIndex
    while start > startIndex, isWanted(self[start - 1]) { start -= 1 }
    return self[start...]
  }
}
