import Market
import Postgres
import Store
import Support
import Testing

@Suite struct `Summaries of a history` {
  private let london = try? LondonClock(directories: LondonClock.systemDirectories(environment: [:]))

  /// Each half hour's value is its number in its settlement day; the last of each day is missing.
  private func load(_ first: String, days: Int, _ db: Connection) async throws -> Window {
    let london = try #require(london)
    let date = try #require(SettlementDate(first))
    var batch = Batch(feed: "test", window: nil, observedAt: date.advanced(by: days).start(in: london))
    for day in 0..<days {
      for number in stride(from: 1, to: date.advanced(by: day).periodCount(in: london), by: 1) {
        let period = try #require(SettlementPeriod(date.advanced(by: day), number, in: london))
        batch.observations.append(Observation(time: period.start(in: london), signal: 3, value: Float(number)))
        batch.observations.append(Observation(time: period.start(in: london), signal: 101, value: -Float(number)))
      }
    }
    _ = try await Loader(connection: db, source: "test").load([batch])
    return Window(from: date, through: date.advanced(by: days - 1), in: london)
  }

  @Test(arguments: [("2024-03-30", [47, 45, 47]), ("2024-10-26", [47, 49, 47])])
  func `Means over settlement days have the half hours of each, clock changes included`(
    first: String, counts: [Int]
  ) async throws {
    try await TestDatabase.withConnection { db async throws in
      let london = try #require(london)
      let window = try await load(first, days: 3, db)
      let reader = HistoryReader(connection: db, signals: [101, 3], window: window)
      let gathered = Gathered<HistoryReader.Mean>()
      try await reader.means(.current, every: .settlementDay) { gathered.add($0) }
      #expect(gathered.items.map(\.signal) == [101, 3, 101, 3, 101, 3])
      let prices = gathered.items.filter { $0.signal == 3 }
      #expect(prices.map(\.time) == window.settlementDates(in: london).map { $0.start(in: london) })
      #expect(prices.map(\.count) == counts)
      #expect(prices.map(\.least) == [1, 1, 1] && prices.map(\.greatest) == counts.map(Float.init))
      #expect(prices.map(\.mean) == counts.map { Float($0 + 1) / 2 })
      let lines = Gathered<HistoryReader.Line>()
      try await reader.lines(.current, every: .settlementDay) { lines.add($0) }
      #expect(lines.items.map(\.values) == prices.map { [-$0.mean, $0.mean] })
    }
  }

  @Test func `Hours and days are those of UTC, and a day that is not all in the range counts what is`() async throws {
    try await TestDatabase.withConnection { db async throws in
      // London's day of 31 March 2024 begins at midnight UTC and ends at 23:00.
      let window = try await load("2024-03-31", days: 2, db)
      let reader = HistoryReader(connection: db, signals: [3], window: window)
      let hours = Gathered<HistoryReader.Mean>()
      try await reader.means(.current, every: .hour) { hours.add($0) }
      #expect(hours.items.count == 47)
      #expect(hours.items.map(\.count).filter { $0 != 2 } == [1, 1])
      #expect(hours.items.prefix(2).map(\.mean) == [1.5, 3.5])
      let days = Gathered<HistoryReader.Mean>()
      try await reader.means(.current, every: .day) { days.add($0) }
      #expect(days.items.map(\.time.description) == ["2024-03-31T00:00:00Z", "2024-04-01T00:00:00Z"])
      #expect(days.items.map(\.count) == [45 + 2, 45])
    }
  }

  @Test func `Side by side a signal without a value of a time has none`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let window = try await load("2024-05-01", days: 1, db)
      var batch = Batch(feed: "test", window: nil, observedAt: window.to)
      batch.observations = [Observation(time: window.to.advanced(by: .minutes(-30)), signal: 2, value: 0.1)]
      _ = try await Loader(connection: db, source: "test").load([batch])
      let lines = Gathered<HistoryReader.Line>()
      let reader = HistoryReader(connection: db, signals: [3, 2, 101], window: window)
      try await reader.lines(.current, every: nil) { lines.add($0) }
      #expect(lines.items.count == 48)
      #expect(lines.items.first?.values == [1, nil, -1])
      #expect(lines.items.last?.values == [nil, 0.1, nil])
    }
  }
}
