import Market

/// Where a chart's time axis is marked: London's midnights, as many of them as there is room for.
struct TimeMark {
  let instant: Instant
  let label: String

  private enum Step: CaseIterable {
    case sixHours, day, week, month, quarter, year, fiveYears
  }

  /// The closest marks that are not more than so many, all inside the window.
  static func marks(in window: Window, atMost count: Int, _ london: LondonClock) -> [TimeMark] {
    let dates = window.settlementDates(in: london)
    let steps = Step.allCases.drop { $0 == .sixHours && dates.count > 4 }
    for step in steps {
      let marks = dates.flatMap { self.marks(of: $0, step, london) }.filter { window.contains($0.instant) }
      if marks.count <= count { return marks }
    }
    return []
  }

  private static func marks(of date: SettlementDate, _ step: Step, _ london: LondonClock) -> [TimeMark] {
    let (year, month, day) = date.date.yearMonthDay
    let dayAndMonth = "\(day) \(months[month - 1])"
    func midnight(_ label: String, if isMarked: Bool) -> [TimeMark] {
      isMarked ? [TimeMark(instant: date.start(in: london), label: label)] : []
    }
    switch step {
    case .sixHours:
      // By London's clock, so that on the day of a clock change one of the four quarters is longer or shorter.
      return [0, 6, 12, 18].compactMap { hour in
        london.instant(of: date.date, secondOfDay: hour * 3_600).map { instant in
          TimeMark(instant: instant, label: hour == 0 ? dayAndMonth : hour == 6 ? "06:00" : "\(hour):00")
        }
      }
    case .day: return midnight(dayAndMonth, if: true)
    // Mondays.
    case .week: return midnight(dayAndMonth, if: date.date.weekday == 1)
    case .month: return midnight("\(months[month - 1]) \(year)", if: day == 1)
    case .quarter: return midnight("\(months[month - 1]) \(year)", if: day == 1 && month % 3 == 1)
    case .year: return midnight("\(year)", if: day == 1 && month == 1)
    case .fiveYears: return midnight("\(year)", if: day == 1 && month == 1 && year % 5 == 0)
    }
  }

  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
