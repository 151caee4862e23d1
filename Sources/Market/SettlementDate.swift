/// A settlement day: it begins at London midnight and has 46, 48 or 50 half hours.
///
/// Source: BSC Section X, "Settlement Day" and "Settlement Period".
package struct SettlementDate: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let date: CivilDate

  package init(_ date: CivilDate) { self.date = date }

  /// Reads exactly `yyyy-MM-dd`; nil for anything else, an impossible date included.
  package init?(_ text: some StringProtocol) {
    guard let date = CivilDate(text) else { return nil }
    self.date = date
  }

  /// The settlement day that `instant` falls on.
  package init(containing instant: Instant, in london: LondonClock) {
    date = london.date(at: instant)
  }

  package func advanced(by days: Int) -> SettlementDate { SettlementDate(date.advanced(by: days)) }

  /// Whole days from `other` to this date.
  package func days(since other: SettlementDate) -> Int { date.daysSinceEpoch - other.date.daysSinceEpoch }

  package static func < (left: SettlementDate, right: SettlementDate) -> Bool { left.date < right.date }

  /// `yyyy-MM-dd`.
  package var description: String { date.description }

  /// The day's first instant, London midnight.
  package func start(in london: LondonClock) -> Instant { london.midnight(of: date) }

  /// The day's span: from London midnight to the next.
  package func window(in london: LondonClock) -> Window {
    Window(from: start(in: london), to: advanced(by: 1).start(in: london))
  }

  /// 46 on the day summer time begins, 50 on the day it ends, else 48.
  package func periodCount(in london: LondonClock) -> Int { window(in: london).halfHours }
}

/// A half hour of a settlement day, numbered from 1 at London midnight.
package struct SettlementPeriod: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let date: SettlementDate
  /// 1 to 46, 48 or 50.
  package let number: Int

  /// - Returns: nil for a period that the day does not have, such as 47 on the day summer time begins.
  package init?(_ date: SettlementDate, _ number: Int, in london: LondonClock) {
    guard number >= 1, number <= date.periodCount(in: london) else { return nil }
    self.date = date
    self.number = number
  }

  /// The half hour that `instant` falls in.
  package init(containing instant: Instant, in london: LondonClock) {
    date = SettlementDate(containing: instant, in: london)
    number = Int(instant.since(date.start(in: london)).microseconds / Window.halfHour) + 1
  }

  /// The instant the half hour begins: London midnight and (number - 1) × 30 minutes of elapsed time.
  package func start(in london: LondonClock) -> Instant {
    date.start(in: london).advanced(by: .minutes(30 * (number - 1)))
  }

  package static func < (left: SettlementPeriod, right: SettlementPeriod) -> Bool {
    (left.date, left.number) < (right.date, right.number)
  }

  /// `2025-10-26 period 37`.
  package var description: String { "\(date) period \(number)" }
}
