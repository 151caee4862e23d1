package import Market

extension RequestSpan {
  /// As a feed file writes it.
  package var words: String {
    switch self {
    case .settlementDay: "settlement day"
    case .days(1): "1 day"
    case .days(let count): "\(count) days"
    case .calendarYear: "calendar year"
    case .wholeFile: "whole file"
    }
  }

  /// The windows to ask for, oldest first, so that all of `window` is covered; one nil for a whole file.
  ///
  /// Days and years are asked for whole even where `window` begins or ends inside one.
  package func windows(covering window: Window, in london: LondonClock) -> [Window?] {
    switch self {
    case .wholeFile: return [nil]
    case .settlementDay: return window.split(days: 1, in: london)
    case .days(let count): return window.split(days: count, in: london)
    case .calendarYear:
      let dates = window.settlementDates(in: london)
      guard let first = dates.first, let last = dates.last else { return [] }
      return (first.date.yearMonthDay.year...last.date.yearMonthDay.year).compactMap { year in
        guard let newYear = CivilDate(year: year, month: 1, day: 1), let end = CivilDate(year: year, month: 12, day: 31)
        else { return nil }
        return Window(from: SettlementDate(newYear), through: SettlementDate(end), in: london)
      }
    }
  }
}
