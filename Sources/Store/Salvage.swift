package import Market
import Postgres

extension Loader {
  /// So many refused ones are no bad records among good ones; something is wrong with all of them.
  private static let mostRefused = 100

  /// Loads a batch; where the database refuses it for good, all of it but what is refused.
  ///
  /// The batch is halved until the bad observation is alone. That one is a reject, with the database's reason, and the
  /// rest goes in. Halves commit one by one, and the coverage last: one that is broken off is asked for again. A round
  /// of dispatch goes in whole or not at all.
  ///
  /// - Throws: `LoadError`; `.refused` for a round, and where more is refused than can be told one by one.
  package func loadSalvaging(
    _ batch: Batch, ending window: EndedWindows? = nil
  ) async throws(LoadError) -> LoadCounts {
    do { return try await load([batch], ending: window) } catch {
      guard case .refused = error, batch.schedule == nil, !batch.observations.isEmpty else { throw error }
    }
    var kept = batch
    var refused: Set<Int> = []
    var counts = try await loadHalves(of: batch, batch.observations.indices, &kept.rejects, &refused)
    counts.rejects = Array(kept.rejects.dropFirst(batch.rejects.count))
    // Coverage counts what went in, and one record may hold several observations.
    kept.observations = batch.observations.indices.filter { !refused.contains($0) }.map { batch.observations[$0] }
    kept.counts.rejected = min(batch.counts.records, batch.counts.rejected + refused.count)
    counts.overtaken = try await recording(kept, counts, ending: window)
    return counts
  }

  private func loadHalves(
    of batch: Batch, _ range: Range<Int>, _ rejects: inout [Reject], _ refused: inout Set<Int>
  ) async throws(LoadError) -> LoadCounts {
    do { return try await insert(batch, range) } catch {
      guard case .refused(let cause) = error else { throw error }
      guard range.count == 1 else {
        let middle = range.lowerBound + range.count / 2
        var counts = try await loadHalves(of: batch, range.lowerBound..<middle, &rejects, &refused)
        counts += try await loadHalves(of: batch, middle..<range.upperBound, &rejects, &refused)
        return counts
      }
      guard refused.count < Self.mostRefused else { throw error }
      let observation = batch.observations[range.lowerBound]
      refused.insert(range.lowerBound)
      rejects.append(
        Reject(
          feed: batch.feed, place: "the table", time: observation.time.description,
          field: "signal \(observation.signal)", value: "\(observation.value)",
          reason: "was refused by the database: \(cause.message)"))
      return LoadCounts()
    }
  }

  private func insert(_ batch: Batch, _ range: Range<Int>) async throws(LoadError) -> LoadCounts {
    var part = Batch(feed: batch.feed, window: nil, observedAt: batch.observedAt)
    part.observations = Array(batch.observations[range])
    part.metadata = batch.metadata.map { Array($0[range]) }
    let data = array.encode([part.observations])
    let metadata = Self.metadata(of: [part])
    return try await transaction { connection in
      try Self.insert(data, metadata, batch.observedAt, through: connection)
    }
  }

  private func recording(
    _ batch: Batch, _ counts: LoadCounts, ending window: EndedWindows?
  ) async throws(LoadError) -> [Window] {
    try await transaction { connection in
      var counts = counts
      try OperationsLog.record([batch], ending: window, &counts, through: connection)
      return counts
    }.overtaken
  }
}
