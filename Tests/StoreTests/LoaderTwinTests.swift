import Market
import Postgres
import Store
import Support
import Testing

@Suite struct `The loader against its twin` {
  /// 2024-01-01T00:00:00Z.
  private static let origin = Instant(seconds: 1_704_067_200)

  private enum Shape: CaseIterable {
    case few, manyKeysTwice, dense, sparse, ties
  }

  private func batch(_ shape: Shape, size: Int, _ generator: inout SeededGenerator) -> Batch {
    // Few instants of observation, so that batches come late and tie; some one microsecond apart.
    let step = Int64.random(in: 0..<6, using: &generator) * 3_600_000_000
    let tie = shape == .ties ? Int64.random(in: 0..<4, using: &generator) : 0
    let observedAt = Self.origin.advanced(by: .microseconds(step + tie))
    var batch = Batch(feed: "twin", window: nil, observedAt: observedAt)
    let halfHours: Int64 =
      switch shape {
      case .few, .ties: 6
      case .manyKeysTwice: 40
      case .dense: 400
      case .sparse: 700_000
      }
    for _ in 0..<size {
      let time = Self.origin.advanced(by: .seconds(1_800 * Int64.random(in: 0..<halfHours, using: &generator)))
      let values: [Float] = [0, -0.0, 1, 2, 0.1, -185.33]
      batch.observations.append(
        Observation(
          time: time, signal: Int32.random(in: 1...3, using: &generator),
          value: values.randomElement(using: &generator) ?? 0))
    }
    if shape != .dense, Bool.random(using: &generator) {
      let texts: [String?] = [nil, "{}", "{\"a\": 1}", "{\"a\": \"b\"}"]
      batch.metadata = batch.observations.map { _ in texts.randomElement(using: &generator) ?? nil }
    }
    return batch
  }

  private func stored(_ db: Connection) async throws -> [Twin.Key: [Twin.Revision]] {
    let reply = try await db.query(
      "SELECT type, \"time\", value, metadata::text, created_at FROM flux.market_data ORDER BY created_at")
    var history: [Twin.Key: [Twin.Revision]] = [:]
    for row in 0..<reply.rowCount {
      let time = Instant(microseconds: try reply.read(row, 1, as: Timestamp.self).microsecondsSince1970)
      let createdAt = Instant(microseconds: try reply.read(row, 4, as: Timestamp.self).microsecondsSince1970)
      history[Twin.Key(signal: try reply.read(row, 0), time: time), default: []].append(
        Twin.Revision(createdAt: createdAt, value: try reply.read(row, 2), metadata: try reply.readOptional(row, 3)))
    }
    return history
  }

  private func asOf(_ instant: Instant, _ db: Connection) async throws -> [Twin.Key: Float] {
    let reply = try await db.query(
      "SELECT type, \"time\", value FROM flux.market_data_as_of($1, '-infinity', 'infinity')",
      [.value(Timestamp(microsecondsSince1970: instant.microseconds))])
    var values: [Twin.Key: Float] = [:]
    for row in 0..<reply.rowCount {
      let time = Instant(microseconds: try reply.read(row, 1, as: Timestamp.self).microsecondsSince1970)
      values[Twin.Key(signal: try reply.read(row, 0), time: time)] = try reply.read(row, 2)
    }
    return values
  }

  @Test(arguments: 0..<8) func `Random batches leave the same history, and as of every instant the same values`(
    round: Int
  ) async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SeededGenerator(seed: seed)
    var twin = Twin()
    var batches: [Batch] = []
    for _ in 0..<30 {
      let shape = Shape.allCases.randomElement(using: &generator) ?? .few
      // Around 200 elements the function takes another way.
      let sizes = shape == .few || shape == .ties ? [1, 2, 7] : [50, 199, 200, 201, 900]
      batches.append(batch(shape, size: sizes.randomElement(using: &generator) ?? 1, &generator))
    }
    try await TestDatabase.withConnection { db async throws in
      let loader = try await Loader(connection: db, source: "test")
      for (number, batch) in batches.enumerated() {
        let counts = try await loader.load([batch])
        let expected = twin.load(batch.observations, metadata: batch.metadata, observedAt: batch.observedAt)
        #expect(counts.inserted == expected, "batch \(number), seed \(seed)")
        #expect(counts.received == batch.observations.count, "batch \(number), seed \(seed)")
        #expect(counts.unchanged == counts.received - counts.inserted, "batch \(number), seed \(seed)")
        // At once again: nothing.
        #expect(try await loader.load([batch]).inserted == 0, "batch \(number) again, seed \(seed)")
      }
      let history = try await stored(db)
      #expect(history == twin.history, "seed \(seed)")
      for instant in Set(twin.history.values.joined().map(\.createdAt)).sorted() {
        #expect(try await asOf(instant, db) == twin.asOf(instant), "as of \(instant), seed \(seed)")
      }
      #expect(try await asOf(Self.origin.advanced(by: .microseconds(-1)), db).isEmpty)
    }
  }

  @Test func `Dense and sparse ways agree at every size about their border`() async throws {
    var generator = SeededGenerator(seed: 7)
    try await TestDatabase.withConnection { db async throws in
      let loader = try await Loader(connection: db, source: "test")
      var twin = Twin()
      for size in [1, 2, 198, 199, 200, 201, 202, 1_000, 20_000] {
        for shape in [Shape.dense, .sparse] {
          let batch = batch(shape, size: size, &generator)
          let expected = twin.load(batch.observations, metadata: batch.metadata, observedAt: batch.observedAt)
          #expect(try await loader.load([batch]).inserted == expected, "\(shape) of \(size)")
        }
      }
      let history = try await stored(db)
      #expect(history == twin.history)
    }
  }

  @Test func `Callers at the same time never store a revision twice and never stand in each other's way for ever`()
    async throws
  {
    let seed = UInt64.random(in: 0...UInt64.max)
    try await TestDatabase.with { database async throws in
      let settings = try database.settings
      try await withThrowingTaskGroup(of: Void.self) { group in
        for caller in 0..<6 {
          group.addTask {
            var generator = SeededGenerator(seed: seed &+ UInt64(caller))
            try await Connection.with(settings) { db in
              let loader = try await Loader(connection: db, source: "caller \(caller)")
              for _ in 0..<25 {
                var batch = batch(.dense, size: Int.random(in: 1...600, using: &generator), &generator)
                batch.observations.shuffle(using: &generator)
                _ = try await loader.load([batch])
              }
            }
          }
        }
        try await group.waitForAll()
      }
      try await Connection.with(settings) { db async throws in
        let doubles = try await db.query(
          """
          SELECT type, "time", created_at, value FROM flux.market_data GROUP BY 1, 2, 3, 4 HAVING count(*) > 1
          """)
        #expect(doubles.rowCount == 0, "seed \(seed)")
        #expect(try await db.query("SELECT FROM flux.market_data LIMIT 1").rowCount == 1)
      }
    }
  }
}
