import Market
import Postgres
import Store
import Support
import Testing

@Suite struct `What loading would change` {
  private let start = Instant(seconds: 1_717_200_000)

  private func batch(_ values: [Float], minutes: Int) -> Batch {
    var batch = Batch(feed: "test", window: nil, observedAt: start.advanced(by: .minutes(minutes)))
    batch.observations = values.enumerated().map {
      Observation(time: start.advanced(by: .minutes(30 * $0.offset)), signal: 3, value: $0.element)
    }
    return batch
  }

  /// Foretells of each batch what it changes, then loads it all and compares.
  private func foretell(_ batches: [Batch], _ db: Connection) async throws -> [[ChangePreview.Change]] {
    var preview = ChangePreview()
    var changes: [[ChangePreview.Change]] = []
    for batch in batches { changes.append(try await preview.changes(of: batch, through: db)) }
    let loader = try await Loader(connection: db, source: "test")
    for (batch, changes) in zip(batches, changes) {
      #expect(try await loader.load([batch]).inserted == changes.count)
    }
    return changes
  }

  @Test func `Is what it changes, also where several have the same or nothing was there`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let loader = try await Loader(connection: db, source: "test")
      _ = try await loader.load([batch([1, 2], minutes: 100)])
      _ = try await loader.load([batch([1, 5], minutes: 300)])
      let changes = try await foretell(
        [
          batch([7], minutes: 50), batch([7, 2], minutes: 100), batch([7, 2, 3], minutes: 200),
          batch([7, 4, 3], minutes: 300), batch([7, 4, 3], minutes: 400),
        ], db)
      // 7 before all that is stored, and over the stored 1; from then on only what is new, and what the 5 was.
      #expect(changes.map { $0.map(\.was) } == [[nil], [1], [nil], [5], []])
    }
  }

  @Test func `Is nothing once it was loaded, under the same instant too`() async throws {
    try await TestDatabase.withConnection { db async throws in
      _ = try await Loader(connection: db, source: "test").load([batch([1, 2, 3], minutes: 100)])
      let mended = [batch([4, 2, 6], minutes: 100)]
      #expect(try await foretell(mended, db).map(\.count) == [2])
      #expect(try await foretell(mended, db).map(\.count) == [0])
      #expect(try await foretell([batch([], minutes: 100)], db).map(\.count) == [0])
    }
  }
}
