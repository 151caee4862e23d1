import Market
import Postgres
import Store
import Support
import Testing

private let noon = Instant(seconds: 1_717_243_200)
private let day = Window(from: noon.advanced(by: .hours(-12)), to: noon.advanced(by: .hours(12)))

private func reject(_ time: String?, reason: String = "is not a number", sample: String? = nil) -> Reject {
  Reject(
    feed: "test-feed", place: "data[1]", time: time, field: "price", value: "N/A", reason: reason,
    url: "https://elexon.example/x?key=•••", sample: sample)
}

@Suite struct `What was refused` {
  @Test func `Is kept with what was asked, and with the newest sample`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let loader = try await Loader(connection: db, source: "test")
      for (hour, sample) in [(1, "{\"a\":1}"), (2, "{\"a\":\"£\u{0}\"}")] {
        var batch = Batch(feed: "test-feed", window: day, observedAt: noon.advanced(by: .hours(hour)))
        batch.rejects = [reject("p 1", sample: sample)]
        _ = try await loader.load([batch])
      }
      let entry = try #require(try await RejectLog.read(RejectLog.Query(), through: db).first)
      #expect(entry.times == 2 && entry.window == day && entry.state == .open)
      #expect(entry.firstSeen == noon.advanced(by: .hours(1)) && entry.lastSeen == noon.advanced(by: .hours(2)))
      #expect(entry.reject == reject("p 1", sample: "{\"a\":\"£\u{FFFD}\"}"))
    }
  }

  @Test func `Is found by feed, time, state and number, the newest first`() async throws {
    try await TestDatabase.withConnection { db async throws in
      for (feed, hour) in [("a", 1), ("a", 2), ("b", 3)] {
        try await RejectLog.record(
          [reject("p \(hour)")], feed: feed, observedAt: noon.advanced(by: .hours(hour)), window: nil, through: db)
      }
      func times(_ change: (inout RejectLog.Query) -> Void) async throws -> [String?] {
        var query = RejectLog.Query()
        change(&query)
        return try await RejectLog.read(query, through: db).map(\.reject.time)
      }
      #expect(try await times { _ in } == ["p 3", "p 2", "p 1"])
      #expect(try await times { $0.feed = "a" } == ["p 2", "p 1"])
      #expect(try await times { $0.since = noon.advanced(by: .hours(2)) } == ["p 3", "p 2"])
      #expect(try await times { $0.limit = 1 } == ["p 3"])
      let ids = try await RejectLog.read(RejectLog.Query(), through: db).map(\.id)
      try #require(ids.count == 3)
      try await RejectLog.mark([ids[0]], as: .discarded, through: db)
      #expect(try await times { $0.state = .discarded } == ["p 3"])
      #expect(try await times { $0.ids = [ids[2]] } == ["p 1"])
    }
  }

  @Test func `Is marked as retried unless the answer had it again`() async throws {
    try await TestDatabase.withConnection { db async throws in
      for time in ["gone", "again"] {
        try await RejectLog.record([reject(time)], feed: "f", observedAt: noon, window: nil, through: db)
      }
      let answer = noon.advanced(by: .hours(1))
      try await RejectLog.record([reject("again")], feed: "f", observedAt: answer, window: nil, through: db)
      let ids = try await RejectLog.read(RejectLog.Query(), through: db).map(\.id)
      try await RejectLog.mark(ids, as: .retried, seenBefore: answer, through: db)
      let left = try await RejectLog.read(RejectLog.Query(), through: db)
      #expect(left.map { "\($0.reject.time ?? "") \($0.state)" } == ["again open", "gone retried"])
    }
  }
}

@Suite struct `A batch that the database refuses` {
  private func batch(_ count: Int, bad: Set<Int>) -> Batch {
    var batch = Batch(feed: "test-feed", window: day, observedAt: noon)
    batch.observations = (0..<count).map { index in
      Observation(
        time: day.from.advanced(by: .minutes(30 * index)), signal: bad.contains(index) ? 4_711 : 3, value: Float(index))
    }
    batch.counts.records = count
    return batch
  }

  @Test(arguments: [[0], [47], [3, 4, 20], []] as [Set<Int>])
  func `Is halved until what is bad is alone, and the rest goes in`(bad: Set<Int>) async throws {
    try await TestDatabase.withConnection { db async throws in
      let loader = try await Loader(connection: db, source: "test")
      let counts = try await loader.loadSalvaging(batch(48, bad: bad))
      #expect(counts.inserted == 48 - bad.count && counts.received == 48 - bad.count)
      #expect(counts.rejects.count == bad.count)
      for reject in counts.rejects {
        #expect(reject.field == "signal 4711" && reject.reason.contains("unknown signal 4711"), "\(reject)")
      }
      let kept = try await RejectLog.read(RejectLog.Query(), through: db)
      #expect(Set(kept.compactMap(\.reject.time)) == Set(bad.map { "\(day.from.advanced(by: .minutes(30 * $0)))" }))
      #expect(kept.allSatisfy { $0.window == day })
      // One question, noted once.
      let coverage = try await db.query("SELECT observations, rejected, fetches::bigint FROM flux.coverage")
      #expect(coverage.rowCount == 1)
      #expect(try coverage.read(0, 0, as: Int32.self) == 48 - Int32(bad.count))
      #expect(try coverage.read(0, 1, as: Int32.self) == Int32(bad.count))
      #expect(try coverage.read(0, 2, as: Int64.self) == 1)
    }
  }

  @Test func `Is an error where more is bad than can be told one by one`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let loader = try await Loader(connection: db, source: "test")
      let error = await #expect(throws: LoadError.self) {
        try await loader.loadSalvaging(batch(300, bad: Set(0..<300)))
      }
      #expect(error?.isWorthRetrying == false)
    }
  }

  @Test func `Goes in whole or not where it is a round of dispatch`() async throws {
    try await TestDatabase.withConnection { db async throws in
      try await db.execute("DELETE FROM flux.market_data_types WHERE id = 4")
      let loader = try await Loader(connection: db, source: "test")
      var batch = Batch(feed: "axle-battery-schedule", window: nil, observedAt: noon)
      batch.metadata = []
      batch.schedule = DispatchSchedule(
        maxima: ["b1": 100],
        steps: ["b1": [DispatchSchedule.Step(start: noon, end: noon.advanced(by: .hours(1)), action: "charge_max")]])
      let error = await #expect(throws: LoadError.self) { try await loader.loadSalvaging(batch) }
      guard case .refused = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(try await db.query("SELECT FROM flux.market_data").rowCount == 0)
    }
  }
}
