import Market
import Postgres
import Store
import Support
import Testing

@Suite struct `The quality of what is stored` {
  /// 2024-10-01T00:00:00+01:00.
  private let start = Instant(seconds: 1_727_737_200)

  private func load(_ signal: Int32, _ values: [(Int, Float)], _ observedAt: Instant, _ db: Connection) async throws {
    var batch = Batch(feed: "test", window: nil, observedAt: observedAt)
    batch.observations = values.map {
      Observation(time: start.advanced(by: .minutes(30 * $0.0)), signal: signal, value: $0.1)
    }
    _ = try await Loader(connection: db, source: "test").load([batch])
  }

  /// October and a day of November 2024, one value of October missing, observed when it is over.
  private func october(_ db: Connection) async throws -> QualityReader {
    let halfHours = 31 * 48 + 2 + 48
    let window = Window(from: start, to: start.advanced(by: .minutes(30 * halfHours)))
    let values = (0..<halfHours).filter { $0 != 100 }.map { ($0, Float($0 % 50 < 14 ? 7 : $0)) }
    try await load(3, values, window.to, db)
    return QualityReader(connection: db, window: window)
  }

  @Test func `A month has as many half hours as London's calendar, and the day of a clock change 50`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let reader = try await october(db)
      let months = try await reader.completeness(of: [3, 101], by: .months)
      #expect(months.map(\.signal) == [3, 3, 101, 101])
      #expect(months.map(\.date) == ["2024-10-01", "2024-11-01", "2024-10-01", "2024-11-01"])
      #expect(months.map(\.expected) == [1_490, 48, 1_490, 48])
      #expect(months.map(\.present) == [1_489, 48, 0, 0])
      let changes = try await reader.completeness(of: [3], by: .clockChanges)
      #expect(changes.map(\.date) == ["2024-10-27"])
      #expect(changes.map(\.expected) == [50] && changes.map(\.present) == [50])
      let spring = QualityReader(
        connection: db, window: Window(from: Instant(seconds: 1_709_251_200), to: Instant(seconds: 1_712_000_000)))
      #expect(try await spring.completeness(of: [3], by: .clockChanges).map(\.expected) == [46])
    }
  }

  @Test func `A range that begins inside a half hour expects those that begin in it`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let window = Window(from: start.advanced(by: .minutes(10)), to: start.advanced(by: .minutes(95)))
      let reader = QualityReader(connection: db, window: window)
      #expect(try await reader.completeness(of: [3], by: .months).map(\.expected) == [3])
    }
  }

  @Test func `A value that stands for many half hours on end is a run, which a missing half hour ends`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let reader = try await october(db)
      let runs = try await reader.repetitions(of: [3], atLeast: 14)
      #expect(runs.allSatisfy { $0.value == 7 && $0.count == 14 })
      // Half hour 100 is missing, so that of the run 100…113 thirteen remain.
      #expect(runs.count == 30)
      #expect(runs.first?.earliest == start && runs.first?.latest == start.advanced(by: .minutes(30 * 13)))
      #expect(try await reader.repetitions(of: [3], atLeast: 13).count == 31)
      #expect(try await reader.repetitions(of: [3], atLeast: 15).isEmpty)
    }
  }

  @Test func `Flagged values are counted by signal and reason`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let reader = try await october(db)
      var batch = Batch(feed: "test", window: nil, observedAt: start)
      batch.flags = [9_001, 9_500].enumerated().map { number, value in
        ImplausibleValue(
          signal: 3, time: start.advanced(by: .minutes(30 * number)), value: value, reason: "above 9000 £/MWh")
      }
      _ = try await Loader(connection: db, source: "test").load([batch])
      let found = try await reader.implausible(of: [1, 3])
      #expect(found.map(\.reason) == ["above 9000 £/MWh"] && found.map(\.count) == [2])
      #expect(found.first?.least == 9_001 && found.first?.greatest == 9_500 && found.first?.earliest == start)
      #expect(try await reader.implausible(of: [1]).isEmpty)
    }
  }

  @Test func `Two sources are compared where both have a value, by their current revisions`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let reader = try await october(db)
      try await load(103, [(20, 20), (21, 22), (22, 22.004), (100, 1), (24, 0)], start, db)
      try await load(103, [(24, 20)], start.advanced(by: .hours(1)), db)
      let found = try #require(try await reader.difference(between: 3, and: 103))
      #expect(found.both == 4 && found.differ == 2)
      #expect(found.meanDifference == 2.5 && found.greatestDifference == 4)
      #expect(try await reader.difference(between: 101, and: 104) == nil)
    }
  }

  @Test func `Revisions are told by their age, with what was still to move`() async throws {
    try await TestDatabase.withConnection { db async throws in
      // Three values known after 20 minutes; one moves within the hour and again within the day, one after two days.
      func at(_ minutes: Int) -> Instant { start.advanced(by: .minutes(minutes)) }
      for number in 0..<3 { try await load(3, [(number, 10)], at(30 * number + 20), db) }
      try await load(3, [(0, 14)], at(50), db)
      try await load(3, [(0, 13)], at(60 * 20), db)
      try await load(3, [(2, -10)], at(60 * 50 + 60), db)
      let window = Window(from: start, to: at(90))
      func ages(_ origin: RevisionAges.Origin) async throws -> [Duration?: RevisionAges.Row] {
        let rows = try await RevisionAges.read(signal: 3, in: window, from: origin, through: db)
        return rows.reduce(into: [:]) { $0[$1.age] = $1 }
      }
      let byTime = try await ages(.time)
      #expect(byTime[.zero] == nil)
      let early = try #require(byTime[.minutes(30)])
      #expect(early.known == 3 && early.moved == 0 && early.meanMove == nil)
      #expect(early.unsettled == 2 && early.meanDistance == 11.5 && early.greatestDistance == 20)
      let hour = try #require(byTime[.hours(1)])
      #expect(hour.moved == 1 && hour.meanMove == 4 && hour.greatestMove == 4)
      #expect(hour.unsettled == 2 && hour.meanDistance == 10.5)
      #expect(byTime[.days(1)]?.moved == 1 && byTime[.days(1)]?.unsettled == 1)
      #expect(byTime[.days(2)]?.moved == 0 && byTime[.days(2)]?.unsettled == 1)
      #expect(byTime[.days(7)]?.moved == 1 && byTime[.days(7)]?.unsettled == 0)
      #expect(byTime[nil]?.known == 3 && byTime[nil]?.moved == 0)
      let byRelease = try await ages(.firstRelease)
      #expect(byRelease[.zero]?.known == 3 && byRelease[.minutes(30)]?.moved == 1)
    }
  }
}
