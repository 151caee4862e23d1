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

  /// The windows of whole settlement days that cover `range`, one for each request, oldest first.
  ///
  /// A whole file, or a year's, is asked for whole, and what lies outside `range` is left out of it.
  package func windows(covering range: Window, in london: LondonClock) -> [Window] {
    switch self {
    case .settlementDay: return range.split(days: 1, in: london)
    case .days(let days): return range.split(days: days, in: london)
    case .wholeFile: return range.from < range.to ? [range] : []
    case .calendarYear:
      let dates = range.settlementDates(in: london)
      guard let first = dates.first?.date.yearMonthDay.year, let last = dates.last?.date.yearMonthDay.year else {
        return []
      }
      return (first...last).compactMap { year in
        guard let newYear = CivilDate(year: year, month: 1, day: 1), let end = CivilDate(year: year, month: 12, day: 31)
        else { return nil }
        let whole = Window(from: SettlementDate(newYear), through: SettlementDate(end), in: london)
        return Window(from: max(whole.from, range.from), to: min(whole.to, range.to))
      }
    }
  }
}
