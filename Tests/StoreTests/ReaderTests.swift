import Market
import Postgres
import Store
import Support
import Testing

@Suite struct `Reading what is stored` {
  private let start = Instant(seconds: 1_717_200_000)

  private func load(_ values: [Float], observedAt: Instant, _ db: Connection) async throws {
    var batch = Batch(feed: "test", window: nil, observedAt: observedAt)
    batch.observations = values.enumerated().map {
      Observation(time: start.advanced(by: .minutes(30 * $0.offset)), signal: 3, value: $0.element)
    }
    _ = try await Loader(connection: db, source: "test").load([batch])
  }

  private func history(_ view: HistoryReader.View, _ window: Window, _ db: Connection) async throws -> [Float] {
    let seen = Gathered<HistoryReader.Value>()
    try await HistoryReader(connection: db, signals: [3], window: window).values(view) { seen.add($0) }
    return seen.items.map(\.value)
  }

  @Test func `Current, as of and every revision of a window, whose end is excluded`() async throws {
    try await TestDatabase.withConnection { db async throws in
      try await load([1, 2, 3], observedAt: start, db)
      try await load([1, 9, 3], observedAt: start.advanced(by: .minutes(60)), db)
      let window = Window(from: start, to: start.advanced(by: .minutes(60)))
      #expect(try await history(.current, window, db) == [1, 9])
      #expect(try await history(.asOf(start), window, db) == [1, 2])
      #expect(try await history(.asOf(start.advanced(by: .seconds(-1))), window, db) == [])
      #expect(try await history(.revisions, window, db) == [1, 2, 9])
      #expect(try await history(.firstRelease, window, db) == [1, 2])
      // The second value is of half an hour later, and its revision came half an hour after that.
      #expect(try await history(.asOfLead(.minutes(30)), window, db) == [2])
      #expect(try await history(.asOfLead(.minutes(-30)), window, db) == [1, 9])
    }
  }

  @Test func `A long window comes in pieces`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let values = (0..<12_000).map { Float($0) }
      try await load(values, observedAt: start, db)
      let seen = Gathered<HistoryReader.Value>()
      let window = Window(from: start, to: start.advanced(by: .minutes(30 * 12_000)))
      try await HistoryReader(connection: db, signals: [3], window: window).values(.current) { seen.add($0) }
      #expect(seen.items.map(\.value) == values)
      #expect(seen.pieces > 1)
    }
  }
}

@Suite struct `Signals of a database` {
  @Test func `A fresh database has the standard signals, with our units`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let table = try await SignalTable.read(through: db)
      #expect(Set(table.entries.map(\.signal)) == Set(Signal.standard))
      #expect(try table.signal(named: "imbalance_price") == .imbalancePrice)
      let error = #expect(throws: UnknownSignal.self) { try table.signal(named: "carbon") }
      #expect(error?.description.contains("flux-market db signal add carbon") == true)
    }
  }

  @Test func `A user's own signals are numbered from 1001, each name once, also when two register at once`()
    async throws
  {
    try await TestDatabase.with { database async throws in
      let settings = try database.settings
      let ids = try await withThrowingTaskGroup(of: Int32.self) { group in
        for number in 0..<4 {
          group.addTask {
            try await Connection.with(settings) { db in
              try await SignalTable.add(name: "own_\(number)", unit: "gCO2/kWh", description: nil, through: db).id
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(ids.sorted() == [1001, 1002, 1003, 1004])
      try await Connection.with(settings) { db async throws in
        let error = await #expect(throws: SignalExists.self) {
          try await SignalTable.add(name: "own_1", unit: "MW", description: nil, through: db)
        }
        #expect(error?.description.contains("own_1") == true)
        let added = try await SignalTable.read(through: db).signal(named: "own_2")
        #expect(added.unit == Unit("gCO2/kWh"))
      }
    }
  }
}

@Suite struct `How feeds fare` {
  @Test func `Failures are counted until a success, and a late report changes nothing`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let start = Instant(seconds: 1_717_200_000)
      func note(_ minutes: Int, _ error: String?) async throws -> FeedState? {
        try await FeedState.record(
          "test", attemptedAt: start.advanced(by: .minutes(minutes)), error: error, nextDue: nil, through: db)
        return try await FeedState.read(through: db).first
      }
      #expect(try await note(0, "timed out")?.consecutiveFailures == 1)
      #expect(try await note(5, "timed out")?.consecutiveFailures == 2)
      let late = try await note(3, nil)
      #expect(late?.consecutiveFailures == 2 && late?.lastError == "timed out" && late?.lastSuccessAt == nil)
      let success = try await note(10, nil)
      #expect(success?.consecutiveFailures == 0 && success?.lastError == nil)
      #expect(success?.lastSuccessAt == start.advanced(by: .minutes(10)))
      let failure = try await note(15, "refused")
      #expect(failure?.consecutiveFailures == 1)
      #expect(failure?.lastSuccessAt == start.advanced(by: .minutes(10)))
    }
  }

  @Test func `The engine names itself`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let engine = try await Engine.read(through: db)
      #expect(engine.description.hasPrefix("PostgreSQL \(engine.postgres)"))
      let version = await db.serverVersion
      #expect(version.hasPrefix(engine.postgres))
      let installed = try await db.query("SELECT FROM pg_extension WHERE extname = 'timescaledb'").rowCount == 1
      #expect((engine.timescaleDB != nil) == installed)
    }
  }
}
