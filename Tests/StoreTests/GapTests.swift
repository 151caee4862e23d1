import Market
import Postgres
import Store
import Support
import Testing

@Suite struct `What is missing of a signal` {
  private let start = Instant(seconds: 1_717_200_000)
  private let feed = FeedSignal(feed: "a", signal: 3, first: nil, end: nil, pace: .init(publishedAfter: .minutes(75)))

  private func after(_ halfHours: Int) -> Instant { start.advanced(by: .minutes(30 * halfHours)) }

  private func window(_ from: Int, _ to: Int) -> Window { Window(from: after(from), to: after(to)) }

  /// Half hours of a window of `asked` that came, and what of them was refused.
  private func load(_ halfHours: [Int], asked: Window, rejects: [Reject] = [], _ db: Connection) async throws {
    var batch = Batch(feed: "a", window: asked, observedAt: after(1_000))
    batch.observations = halfHours.sorted(by: >).map { Observation(time: after($0), signal: 3, value: Float($0)) }
    batch.rejects = rejects
    _ = try await Loader(connection: db, source: "test").load([batch])
  }

  private func gaps(_ window: Window, at now: Int = 1_000, _ db: Connection) async throws -> [Gap] {
    try await GapReader(connection: db).read(signal: 3, from: [feed], in: window, at: after(now))
  }

  @Test func `Each half hour is present, empty, rejected, never fetched or not due, neighbours as one range`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let reader = GapReader(connection: db)
      #expect(try await reader.knownSince(signal: 3, feeds: ["a"]) == nil)
      let reject = Reject(
        feed: "a", place: "data[6]", time: "2024-06-01 period 9", field: "price", value: "\"x\"",
        reason: "is text, not a number")
      try await load([0, 1, 4, 5, 7], asked: window(0, 8), rejects: [reject], db)
      #expect(try await reader.knownSince(signal: 3, feeds: ["a"]) == start)
      #expect(
        try await gaps(window(0, 14), at: 13, db) == [
          Gap(window: window(2, 4), kind: .empty),
          Gap(window: window(6, 7), kind: .rejected, reason: "price is text, not a number"),
          Gap(window: window(8, 11), kind: .neverFetched), Gap(window: window(11, 14), kind: .notYet),
        ])
      #expect(try await gaps(window(4, 6), db) == [])
      // Another signal's feeds were never asked.
      let other = FeedSignal(feed: "b", signal: 3, first: nil, end: nil)
      #expect(
        try await reader.read(signal: 3, from: [other], in: window(0, 5), at: after(1_000)) == [
          Gap(window: window(2, 4), kind: .neverFetched)
        ])
    }
  }

  @Test func `What is accepted keeps its first reason, is open no more, and gives way to a value`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let reader = GapReader(connection: db)
      try await load([0, 3], asked: window(0, 4), db)
      try await reader.accept([window(1, 3)], of: 3, reason: "no trades")
      try await reader.accept([window(1, 3)], of: 3, reason: "another")
      #expect(try await gaps(window(0, 4), db) == [Gap(window: window(1, 3), kind: .accepted, reason: "no trades")])
      try await load([0, 1, 3], asked: window(0, 4), db)
      #expect(try await gaps(window(0, 4), db) == [Gap(window: window(2, 3), kind: .accepted, reason: "no trades")])
      let refused = await #expect(throws: PostgresError.self) {
        try await reader.accept([window(1, 2)], of: 3, reason: " ")
      }
      #expect(refused?.sqlState == "23514")
    }
    await #expect(throws: NotDeployed.self) {
      try await TestDatabase.withConnection(migrated: false) { _ = try await gaps(window(0, 1), $0) }
    }
  }

  @Test func `The view of open gaps goes by the feeds that were recorded last`() async throws {
    try await TestDatabase.withConnection { db async throws in
      func open() async throws -> [Int64] {
        let reply = try await db.query(
          "SELECT count(*) FROM flux.open_gaps WHERE type = 3 AND to_time <= $1", [
            .value(Timestamp(microsecondsSince1970: after(8).microseconds))
          ])
        return [try reply.read(0, 0)]
      }
      try await load([0, 3, 5], asked: window(0, 6), db)
      #expect(try await open() == [0])
      try await FeedSignal.record([feed], of: ["a"], through: db)
      #expect(try await open() == [2])
      let later = FeedSignal(feed: "a", signal: 3, first: after(3), end: nil, pace: .init(publishedAfter: .minutes(75)))
      try await FeedSignal.record([later], of: ["a", "b"], through: db)
      #expect(try await open() == [1])
      try await FeedSignal.record([], of: ["b"], through: db)
      #expect(try await open() == [1])
      try await FeedSignal.record([], of: ["a"], through: db)
      #expect(try await open() == [0])
    }
  }
}
