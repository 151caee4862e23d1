package import Feeds
package import Market

extension Plan {
  /// The fewest requests of a feed that cover all that is missing, newest first; days are asked for whole, and those
  /// that the provider does not have are left out.
  package init(feed: Feed, filling gaps: [Window], in london: LondonClock) {
    let dates = Set(gaps.flatMap { $0.settlementDates(in: london) }).sorted().filter {
      $0 >= feed.covers.first ?? $0 && $0 <= feed.covers.last ?? $0
    }
    var windows: [Window] = []
    var rest = dates[...]
    while let first = rest.first {
      let last = rest.prefix { feed.span.holds(first, through: $0) }.last ?? first
      windows.append(Window(from: first, through: last, in: london))
      rest = rest.drop { $0 <= last }
    }
    self.init(feed: feed, windows: windows.reversed())
  }
}

extension RequestSpan {
  /// Whether one request can cover both days.
  fileprivate func holds(_ first: SettlementDate, through last: SettlementDate) -> Bool {
    switch self {
    case .settlementDay: first == last
    case .days(let count): last.days(since: first) < count
    case .calendarYear: first.date.yearMonthDay.year == last.date.yearMonthDay.year
    case .wholeFile: true
    }
  }
}
