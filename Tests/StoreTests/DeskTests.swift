import Market
import Postgres
import Store
import Support
import Testing

@Suite struct `What the desk reads` {
  /// On a half hour, as settlement periods are.
  private func halfHours(_ db: Connection) async throws -> (Int) -> Instant {
    let now = try await db.now()
    let last = Instant(microseconds: now.microseconds - now.microseconds % 1_800_000_000)
    return { last.advanced(by: .minutes(-30 * $0)) }
  }

  private func load(_ values: [(Instant, Float)], signal: Int32 = 3, observedAt: Instant, _ db: Connection) async throws {
    var batch = Batch(feed: "test", window: nil, observedAt: observedAt)
    batch.observations = values.map { Observation(time: $0.0, signal: signal, value: $0.1) }
    _ = try await Loader(connection: db, source: "test").load([batch])
  }

  @Test func `The newest value that is not in the future, the one before, what it replaced, and what comes`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let ago = try await halfHours(db)
      // Not the next half hour, which may begin before it is read.
      try await load([(ago(0), 3), (ago(1), 2), (ago(-2), 4)], observedAt: ago(2), db)
      try await load([(ago(0), 5)], observedAt: ago(1), db)
      let reader = DeskReader(connection: db)
      let row = try #require(try await reader.read(signals: [3]).first)
      let newest = try #require(row.newest)
      #expect(row.signal == .imbalancePrice && row.state == nil && row.reason == "no feed is known to yield it")
      #expect(newest.point == DeskReader.Point(time: ago(0), value: 5) && newest.observedAt == ago(1))
      #expect(newest.age >= .zero && newest.age < .minutes(31))
      #expect(newest.previous == DeskReader.Point(time: ago(1), value: 2) && newest.change == 3)
      #expect(newest.replaced?.value == 3 && newest.replaced?.observedAt == ago(2))
      #expect(row.next == DeskReader.Point(time: ago(-2), value: 4))
      let days = try await reader.lastDay()
      #expect(days == [3: [DeskReader.Point(time: ago(1), value: 2), DeskReader.Point(time: ago(0), value: 5)]])
    }
  }

  @Test func `A change is told only from the half hour before, and unknown is unknown`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let ago = try await halfHours(db)
      let pace = FeedSignal.Pace(
        expectedAfter: .minutes(45), publishedAfter: .minutes(75), askedEvery: .minutes(30))
      let supply = FeedSignal(feed: "f", signal: 3, first: nil, end: nil, pace: pace, isEstimate: true)
      try await FeedSignal.record([supply], of: ["f"], through: db)
      try await load([(ago(1), 2), (ago(3), 1)], observedAt: ago(1), db)
      let rows = try await DeskReader(connection: db).read()
      let row = try #require(rows.first { $0.signal == .imbalancePrice })
      #expect(row.newest?.previous?.value == 1 && row.newest?.change == nil && row.newest?.cadence == .minutes(30))
      #expect(row.state == .fresh && row.isEstimate && row.reason == nil && row.dueAt == ago(0).advanced(by: .minutes(45)))
      let nothing = try #require(rows.first { $0.signal == .nivEstimate })
      #expect(nothing.newest == nil && nothing.state == DeskReader.State.none && nothing.reason != nil)
    }
    await #expect(throws: NotDeployed.self) {
      try await TestDatabase.withConnection(migrated: false) { _ = try await DeskReader(connection: $0).read() }
    }
  }
}
