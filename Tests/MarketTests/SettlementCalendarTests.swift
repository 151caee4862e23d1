import Foundation
import Testing

@testable import Market

@Suite struct `Settlement calendar` {
  let london: LondonClock
  let foundation: TimeZone

  init() throws {
    london = try systemLondon()
    foundation = try #require(TimeZone(identifier: "Europe/London"))
  }

  @Test(arguments: [
    ("2026-03-28", 48), ("2026-03-29", 46), ("2026-03-30", 48), ("2025-10-25", 48), ("2025-10-26", 50),
    ("2025-10-27", 48), ("2024-02-29", 48),
  ])
  func `A day has as many settlement periods as London has half hours`(date: String, periods: Int) throws {
    #expect(try day(date).periodCount(in: london) == periods)
  }

  @Test(arguments: [
    ("2026-03-29", 1, "2026-03-29T00:00:00Z"), ("2026-03-29", 3, "2026-03-29T01:00:00Z"),
    ("2026-03-29", 46, "2026-03-29T22:30:00Z"), ("2025-10-26", 1, "2025-10-25T23:00:00Z"),
    ("2025-10-26", 3, "2025-10-26T00:00:00Z"), ("2025-10-26", 5, "2025-10-26T01:00:00Z"),
    ("2025-10-26", 50, "2025-10-26T23:30:00Z"), ("2026-08-01", 5, "2026-08-01T01:00:00Z"),
  ])
  func `A period begins where Elexon's recorded replies say it does`(date: String, number: Int, start: String) throws {
    let period = try #require(SettlementPeriod(try day(date), number, in: london))
    #expect(period.start(in: london).description == start)
    #expect(SettlementPeriod(containing: try at(start), in: london) == period)
  }

  @Test func `A period that its day does not have is no period`() throws {
    for (date, last) in [("2026-03-29", 46), ("2026-03-30", 48), ("2025-10-26", 50)] {
      for number in [-1, 0, last + 1, 51, Int.max, Int.min] {
        #expect(SettlementPeriod(try day(date), number, in: london) == nil, "\(date) \(number)")
      }
      #expect(SettlementPeriod(try day(date), last, in: london) != nil)
    }
  }

  @Test func `Every clock change from 1996 to 2037 is where Foundation sees it`() throws {
    let changes = london.clockChanges(in: 1996...2037)
    var expected: [(Date, Int)] = []
    var moment = try #require(Self.newYear(1996))
    let end = try #require(Self.newYear(2038))
    while let next = foundation.nextDaylightSavingTimeTransition(after: moment), next < end {
      expected.append((next, foundation.secondsFromGMT(for: next)))
      moment = next
    }
    #expect(changes.count == 84)
    #expect(changes.map(\.at.microseconds) == expected.map { Int64($0.0.timeIntervalSince1970) * 1_000_000 })
    #expect(changes.map(\.offset) == expected.map { Int64($0.1) })
  }

  @Test func `Every clock change from 1996 to 2037 is where zdump sees it`() throws {
    let known = try zdump("Europe/London", from: 1996, before: 2038)
    #expect(known.count == 168)
    for (second, offset) in known {
      #expect(london.offset(at: Instant(seconds: second)) == offset, "\(Instant(seconds: second))")
    }
  }

  @Test func `After the listed changes the rule at the file's end goes on as Foundation does`() throws {
    #expect(london.clockChanges(in: 2038...2200).count == 2 * 163)
    let (first, last) = (try day("2038-01-01").date.daysSinceEpoch, try day("2200-12-31").date.daysSinceEpoch)
    for number in stride(from: first, through: last, by: 1) {
      let noon = Instant(seconds: Int64(number) * 86_400 + 43_200)
      let expected = foundation.secondsFromGMT(for: Date(timeIntervalSince1970: Double(number) * 86_400 + 43_200))
      #expect(london.offset(at: noon) == Int64(expected), "\(noon)")
    }
  }

  @Test func `Every half hour of 2019 to 2030 is one period, and back again`() throws {
    var expected = try day("2019-01-01").start(in: london)
    var last: SettlementPeriod?
    var counts: [Int: Int] = [:]
    var date = try day("2019-01-01")
    let end = try day("2031-01-01")
    while date < end {
      let count = date.periodCount(in: london)
      counts[count, default: 0] += 1
      for number in stride(from: 1, through: count, by: 1) {
        let period = try #require(SettlementPeriod(date, number, in: london))
        let start = period.start(in: london)
        // Thirty minutes after the one before, over midnight and over a change of the clocks.
        if start != expected { Issue.record("\(period) begins at \(start), not \(expected)") }
        for microsecond in [Int64(0), 1, 1_799_999_999] {
          let inside = Instant(microseconds: start.microseconds + microsecond)
          if SettlementPeriod(containing: inside, in: london) != period {
            Issue.record("\(inside) is not in \(period)")
          }
        }
        if let last, last >= period { Issue.record("\(period) does not come after \(last)") }
        last = period
        expected = start.advanced(by: .minutes(30))
      }
      date = date.advanced(by: 1)
    }
    #expect(counts == [46: 12, 48: 4_359, 50: 12])
    #expect(try expected == day("2031-01-01").start(in: london))
  }

  @Test func `Every day of 1972 to 2200 begins at Foundation's midnight`() throws {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = foundation
    var next = try #require(calendar.date(from: DateComponents(year: 1972, month: 1, day: 1)))
    var date = try day("1972-01-01")
    while date <= (try day("2200-12-31")) {
      let start = date.start(in: london)
      if start.microseconds != Int64(next.timeIntervalSince1970) * 1_000_000 { Issue.record("\(date): \(start)") }
      if london.date(at: start) != date.date { Issue.record("\(start) is not on \(date)") }
      if london.date(at: Instant(microseconds: start.microseconds - 1)) != date.advanced(by: -1).date {
        Issue.record("a microsecond before \(start) is not on the day before \(date)")
      }
      date = date.advanced(by: 1)
      next = try #require(calendar.date(byAdding: .day, value: 1, to: next))
    }
  }

  @Test(arguments: [
    ("2026-03-29", 0, "2026-03-29T00:00:00Z"), ("2026-03-29", 3_599, "2026-03-29T00:59:59Z"),
    ("2026-03-29", 3_600, nil), ("2026-03-29", 7_199, nil), ("2026-03-29", 7_200, "2026-03-29T01:00:00Z"),
    ("2025-10-26", 3_599, "2025-10-25T23:59:59Z"), ("2025-10-26", 3_600, nil), ("2025-10-26", 7_199, nil),
    ("2025-10-26", 7_200, "2025-10-26T02:00:00Z"), ("2025-07-01", 86_399, "2025-07-01T22:59:59Z"),
  ] as [(String, Int, String?)])
  func `An hour skipped in spring or shown twice in autumn names no instant`(
    date: String, second: Int, expected: String?
  ) throws {
    #expect(london.instant(of: try day(date).date, secondOfDay: second)?.description == expected)
  }

  private static func newYear(_ year: Int) -> Date? {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    return calendar.date(from: DateComponents(year: year, month: 1, day: 1))
  }
}
