import Foundation
import Testing

@testable import Market

@Suite struct `Calendar dates` {
  @Test func `Every day of 1900 to 2200 is Foundation's day`() throws {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let first = try #require(CivilDate(year: 1900, month: 1, day: 1))
    let last = try #require(CivilDate(year: 2200, month: 12, day: 31))
    for number in stride(from: first.daysSinceEpoch, through: last.daysSinceEpoch, by: 1) {
      let date = CivilDate(daysSinceEpoch: number)
      let parts = calendar.dateComponents(
        [.year, .month, .day, .weekday], from: Date(timeIntervalSince1970: Double(number) * 86_400))
      let (year, month, day) = date.yearMonthDay
      if parts.year != year || parts.month != month || parts.day != day || parts.weekday != date.weekday + 1 {
        Issue.record("day \(number) is \(date), weekday \(date.weekday); Foundation says \(parts)")
      }
      if CivilDate(year: year, month: month, day: day) != date || CivilDate(date.description) != date {
        Issue.record("\(date) does not come back as itself")
      }
    }
  }

  @Test func `The ends of the calendar come back as themselves`() throws {
    for (year, month, day) in [(1, 1, 1), (9999, 12, 31), (1600, 2, 29), (2000, 2, 29)] {
      let date = try #require(CivilDate(year: year, month: month, day: day))
      #expect(date.yearMonthDay == (year, month, day))
    }
    #expect(CivilDate(year: 1, month: 1, day: 1)?.daysSinceEpoch == -719_162)
    #expect(CivilDate(year: 1970, month: 1, day: 1)?.description == "1970-01-01")
  }

  @Test(arguments: [
    "2024-02-30", "2023-02-29", "1900-02-29", "2100-02-29", "2024-04-31", "2024-13-01", "2024-00-10", "2024-01-00",
    "2024-01-32", "0000-01-01", "2024-1-01", "2024-01-1", "24-01-01", "2024/01/01", "2024-01-01 ", " 2024-01-01",
    "2024-01-01T00:00", "+024-01-01", "2024-0a-01", "", "２０24-01-01", "-2024-01-01",
  ])
  func `A date that does not exist or is written otherwise is refused`(text: String) {
    #expect(CivilDate(text) == nil)
    #expect(SettlementDate(text) == nil)
  }

  @Test func `Dates order and count as days do`() throws {
    let leap = try day("2024-02-29")
    #expect(try leap.advanced(by: 1) == day("2024-03-01"))
    #expect(try leap.advanced(by: 366).days(since: leap) == 366 && leap < day("2024-03-01"))
    #expect(try leap.advanced(by: -60) == day("2023-12-31"))
  }
}
