import Market
import Postgres
import Store
import Support
import Testing

private let noon = Instant(seconds: 1_717_243_200)

private func batch(
  _ values: [(minutes: Int, value: Float)], observedAt: Instant = noon, window: Window? = nil,
  feed: String = "test-feed"
) -> Batch {
  var batch = Batch(feed: feed, window: window, observedAt: observedAt)
  batch.observations = values.map {
    Observation(time: noon.advanced(by: .minutes($0.minutes)), signal: 3, value: $0.value)
  }
  return batch
}

@Suite struct `Loading batches` {
  @Test func `Several batches of a feed go in as one, and one row tells of it`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let loader = try await Loader(connection: db, source: "backfill test-feed")
      let counts = try await loader.load([
        batch([(30, 2), (0, 1)], observedAt: noon), batch([(-30, 3)], observedAt: noon.advanced(by: .seconds(5))),
      ])
      #expect(counts.received == 3 && counts.inserted == 3 && counts.overtaken.isEmpty)
      let told = try await db.query("SELECT source, observed_at FROM flux_ops.load")
      #expect(told.rowCount == 1)
      #expect(try told.read(0, 0, as: String.self) == "backfill test-feed")
      #expect(
        try told.read(0, 1, as: Timestamp.self).microsecondsSince1970
          == noon.advanced(by: .seconds(5)).microseconds)
      #expect(try await loader.load([]).received == 0)
    }
  }

  @Test func `A replay of thousands adds nothing, and what differs in it goes in, however the loader was used before`()
    async throws
  {
    try await TestDatabase.withConnection { db async throws in
      // Newest first, two signals, in two batches.
      func observations(_ hours: Range<Int>, _ minutes: Int, _ change: (Int) -> Float) -> Batch {
        var batch = Batch(feed: "test-feed", window: nil, observedAt: noon.advanced(by: .minutes(minutes)))
        for hour in hours.reversed() {
          let time = noon.advanced(by: .minutes(60 * hour))
          batch.observations += [3, 101].map { Observation(time: time, signal: $0, value: change(hour) + Float($0)) }
        }
        return batch
      }
      func load(_ loader: Loader, _ minutes: Int, _ change: (Int) -> Float) async throws -> LoadCounts {
        try await loader.load([observations(700..<1_400, minutes, change), observations(0..<700, minutes, change)])
      }
      var loader = try await Loader(connection: db, source: "test")
      var counts = try await load(loader, 0) { Float($0) }
      #expect(counts.inserted == 2_800 && counts.received == 2_800)
      for minutes in 1...3 {
        counts = try await load(loader, minutes) { Float($0) }
        #expect(counts.inserted == 0 && counts.unchanged == 2_800 && counts.received == 2_800)
      }
      loader = try await Loader(connection: db, source: "test")
      counts = try await load(loader, 4) { $0 == 650 ? -1 : Float($0) }
      #expect(counts.inserted == 2 && counts.unchanged == 2_798)
      // What was observed earlier is judged by what was in force then.
      counts = try await load(loader, 2) { Float($0) }
      #expect(counts.inserted == 0)
      counts = try await load(loader, 5) { $0 == 650 ? -1 : Float($0) }
      #expect(counts.inserted == 0)
      try await db.execute("DELETE FROM flux.market_data WHERE type = 101 AND value < 110")
      counts = try await load(loader, 6) { $0 == 650 ? -1 : Float($0) }
      #expect(counts.inserted == 10 && counts.unchanged == 2_790)
    }
  }

  @Test func `A large batch that says two things of one time is judged by the last of them`() async throws {
    try await TestDatabase.withConnection { db async throws in
      func load(_ hours: [Int], _ minutes: Int, _ value: (Int) -> Float) async throws -> LoadCounts {
        // A new one asks first whether it is known.
        let loader = try await Loader(connection: db, source: "test")
        var batch = Batch(feed: "test-feed", window: nil, observedAt: noon.advanced(by: .minutes(minutes)))
        for (place, hour) in hours.enumerated() {
          batch.observations.append(
            Observation(time: noon.advanced(by: .minutes(60 * hour)), signal: 3, value: value(place)))
        }
        return try await loader.load([batch])
      }
      let all = Array((0..<1_200).reversed())
      #expect(try await load(all, 10) { _ in 1 }.inserted == 1_200)
      #expect(try await load([0], 5) { _ in 2 }.inserted == 1, "an older observation comes late")
      // In the order in which both lie in the table, of which the one loaded first is the newest.
      #expect(try await load(all + [0], 20) { $0 == 1_200 ? 2 : 1 }.inserted == 1)
      #expect(try await load(all + [0], 30) { $0 == 1_200 ? 2 : 1 }.inserted == 0)
    }
  }

  @Test func `A value that is no number refuses the batch and names the element; nothing goes in`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let loader = try await Loader(connection: db, source: "test")
      for bad in [Float.nan, .infinity, -.infinity] {
        let error = await #expect(throws: LoadError.self) { try await loader.load([batch([(0, 1), (30, bad)])]) }
        guard case .refused(let cause) = error else {
          Issue.record("\(bad): \(String(describing: error))")
          continue
        }
        #expect(cause.message.contains("2"), "\(cause)")
        #expect(error?.isWorthRetrying == false)
      }
      var unknown = batch([(0, 1)])
      unknown.observations.append(Observation(time: noon, signal: 999, value: 1))
      let error = await #expect(throws: LoadError.self) { try await loader.load([unknown]) }
      #expect(error?.description.contains("999") == true)
      #expect(try await db.query("SELECT FROM flux.market_data").rowCount == 0)
    }
  }

  @Test(arguments: ["NULL, 3, 1", "'infinity', 3, 1", "now(), NULL, 1", "now(), 3, NULL", "now(), 3, 'NaN'"])
  func `What only SQL can send is refused as well`(element: String) async throws {
    try await TestDatabase.withConnection { db async throws in
      let error = await #expect(throws: PostgresError.self) {
        try await db.query(
          "SELECT flux.insert_market_data_batch(ARRAY[(now(), 3, 1), (\(element))]::flux.market_data_input[])")
      }
      #expect(error?.message.contains("2") == true, "\(String(describing: error))")
    }
  }

  @Test func `One argument alone is enough, as upstream calls it`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let array = try CompositeArray(try await db.compositeType(named: "flux.market_data_input"))
      let data = array.encode(count: 2) { add in
        for value in [Float(1), 2] { add(Int64(value), 3, value) }
      }
      try await db.query("SELECT flux.insert_market_data_batch($1)", [data])
      #expect(try await db.query("SELECT FROM flux.market_data").rowCount == 2)
    }
  }

  @Test func `A caller with an older snapshot than the lock is refused`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let error = await #expect(throws: PostgresError.self) {
        try await db.transaction("ISOLATION LEVEL REPEATABLE READ") { db in
          try db.query("SELECT flux.insert_market_data_batch(ARRAY[(now(), 3, 1)]::flux.market_data_input[])")
          return
        }
      }
      #expect(error?.kind == .server)
    }
  }

  @Test func `A clock that is ahead is an error of its own, and worth a retry`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let loader = try await Loader(connection: db, source: "test")
      let now = try await db.query("SELECT clock_timestamp()").read(0, 0, as: Timestamp.self)
      let ahead = Instant(microseconds: now.microsecondsSince1970).advanced(by: .minutes(10))
      let error = await #expect(throws: LoadError.self) { try await loader.load([batch([(0, 1)], observedAt: ahead)]) }
      guard case .clockAhead = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(error?.isWorthRetrying == true)
      let lead = try #require(error?.clockLead)
      #expect(lead > .minutes(9) && lead <= .minutes(10))
      #expect(error?.description.contains("this machine's clock is \(lead.components.seconds) s ahead") == true)
    }
  }

  @Test func `A reply older than one already loaded is told to be overtaken`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let loader = try await Loader(connection: db, source: "test")
      let window = Window(from: noon, to: noon.advanced(by: .minutes(60)))
      let other = Window(from: noon.advanced(by: .minutes(60)), to: noon.advanced(by: .minutes(120)))
      func load(_ hours: Int, _ window: Window, _ value: Float) async throws -> [Window] {
        let observedAt = noon.advanced(by: .minutes(60 * hours))
        return try await loader.load([batch([(0, value)], observedAt: observedAt, window: window)]).overtaken
      }
      #expect(try await load(2, window, 5) == [])
      #expect(try await load(3, window, 5) == [])
      #expect(try await load(1, window, 7) == [window])
      #expect(try await load(1, other, 7) == [])
      let coverage = try await db.query(
        "SELECT observed_at, fetches FROM flux_ops.coverage WHERE feed = 'test-feed' ORDER BY from_time")
      #expect(coverage.rowCount == 2)
      #expect(
        try coverage.read(0, 0, as: Timestamp.self).microsecondsSince1970
          == noon.advanced(by: .minutes(180)).microseconds)
      #expect(try coverage.read(0, 1, as: Int64.self) == 3)
    }
  }

  @Test func `Coverage has the counts of the reply, and of a whole file the span that it had`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let loader = try await Loader(connection: db, source: "test")
      var whole = batch([(30, 2), (0, 1)])
      whole.counts.records = 5
      whole.counts.rejected = 1
      whole.counts.filtered = 2
      whole.leastAge = .seconds(86_400)
      try await _ = loader.load([whole])
      let row = try await db.query(
        """
        SELECT from_time, to_time, records, observations, rejected, filtered, outside, least_age = '24 hours'
        FROM flux_ops.coverage
        """)
      #expect(row.rowCount == 1)
      #expect(try row.read(0, 0, as: Timestamp.self).microsecondsSince1970 == noon.microseconds)
      #expect(
        try row.read(0, 1, as: Timestamp.self).microsecondsSince1970 == noon.microseconds + 1_800_000_001)
      for (column, expected) in [(2, 5), (3, 2), (4, 1), (5, 2), (6, 0)] {
        #expect(try row.read(0, column, as: Int64.self) == Int64(expected))
      }
      #expect(try row.read(0, 7, as: Bool.self))
    }
  }

  @Test func `Rejects and flags are kept with the load, the same one once`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let loader = try await Loader(connection: db, source: "test")
      for minute in 0..<2 {
        var batch = batch([(0, 1)], observedAt: noon.advanced(by: .minutes(minute)))
        batch.rejects = [
          Reject(
            feed: "test-feed", place: "data[\(minute)]", time: "2024-06-01 period 25", field: "price",
            value: "N/A \"£\"\n\u{0}", reason: "is not a number")
        ]
        batch.flags = [ImplausibleValue(signal: 3, time: noon, value: 9_999, reason: "above 9000 £/MWh")]
        _ = try await loader.load([batch])
      }
      let rejects = try await db.query("SELECT value, times::bigint, state FROM flux_ops.rejects")
      #expect(rejects.rowCount == 1)
      #expect(try rejects.read(0, 0, as: String.self) == "N/A \"£\"\n\u{FFFD}")
      #expect(try rejects.read(0, 1, as: Int64.self) == 2)
      #expect(try rejects.read(0, 2, as: String.self) == "open")
      let flags = try await db.query("SELECT type, value, reason FROM flux_ops.flags")
      #expect(flags.rowCount == 1)
      #expect(try flags.read(0, 1, as: Float.self) == 9_999)
    }
  }

  @Test func `Without the schema the error says how to make it`() async throws {
    try await TestDatabase.withConnection(migrated: false) { db async throws in
      let error = await #expect(throws: NotDeployed.self) { try await Loader(connection: db, source: "test") }
      #expect(error?.description.contains("flux-market db deploy") == true)
    }
  }
}

@Suite struct `Loading rounds of dispatch` {
  private func round(_ steps: [(from: Int, to: Int, action: String)], at minutes: Int) -> Batch {
    var batch = Batch(feed: "axle", window: nil, observedAt: noon.advanced(by: .minutes(minutes)))
    batch.schedule = DispatchSchedule(
      maxima: ["b1": 50],
      steps: [
        "b1": steps.map {
          DispatchSchedule.Step(
            start: noon.advanced(by: .minutes($0.from)), end: noon.advanced(by: .minutes($0.to)), action: $0.action)
        }
      ])
    return batch
  }

  private func levels(_ db: Connection) async throws -> [Int: Float] {
    let reply = try await db.query(
      "SELECT \"time\", value FROM flux.market_data_current WHERE type = 4 ORDER BY \"time\"")
    var levels: [Int: Float] = [:]
    for row in 0..<reply.rowCount {
      let time = try reply.read(row, 0, as: Timestamp.self).microsecondsSince1970
      levels[Int((time - noon.microseconds) / 60_000_000)] = try reply.read(row, 1)
    }
    return levels
  }

  @Test func `A round is compared with what is in force, and the same round again adds nothing`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let loader = try await Loader(connection: db, source: "test")
      let first = round([(0, 60, "discharge_max"), (120, 180, "charge_max")], at: 10)
      #expect(try await loader.load([first]).inserted == 4)
      #expect(try await levels(db) == [0: 50, 60: 0, 120: -50, 180: 0])
      #expect(try await loader.load([first]).inserted == 0)
      // The one in progress vanishes, and the future one with it; a process that starts anew sees the same.
      let again = try await Loader(connection: db, source: "another")
      _ = try await again.load([round([], at: 30)])
      #expect(try await levels(db) == [0: 50, 30: 0, 60: 0, 120: 0, 180: 0])
      let metadata = try await db.query(
        "SELECT metadata::text FROM flux.market_data WHERE type = 4 AND value = 50"
      ).read(0, 0, as: String.self)
      #expect(metadata == "{\"assets\": {\"b1\": \"discharge_max\"}}")
    }
  }

  @Test func `Rounds that waited are judged in the order observed, whatever order they are given in`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let loader = try await Loader(connection: db, source: "test")
      _ = try await loader.load([round([], at: 30), round([(60, 120, "discharge_max")], at: 10)])
      #expect(try await levels(db) == [60: 0, 120: 0])
    }
  }
}
