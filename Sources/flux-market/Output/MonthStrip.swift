import Market
import Store

/// How complete a signal is, month by month: a line a year, a mark a month, and the same in words.
struct MonthStrip {
  private struct Month {
    let year: Int
    let month: Int
    let window: Window
    /// Half hours that should be there.
    var expected: Int
    var missing = 0
    var accepted = 0

    var here: Int { expected - missing - accepted }
  }

  private static let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
  private static let width = 80
  private let months: [Month]

  init(_ found: SignalGaps, london: LondonClock) {
    var months = Self.months(of: found.window, in: london)
    var first = 0
    for gap in found.gaps {
      while first < months.count, months[first].window.to <= gap.window.from { first += 1 }
      for month in months[first...].indices {
        let part = Self.halfHours(from: gap.window.from, to: gap.window.to, in: months[month].window)
        if part == 0 { break }
        switch gap.kind {
        case .notYet: months[month].expected -= part
        case .accepted: months[month].accepted += part
        case .neverFetched, .empty, .rejected: months[month].missing += part
        }
      }
    }
    self.months = months
  }

  /// `imbalance_price: 17471 of 17568 half hours are here, 66 missing, 31 accepted`, then the years; 80 columns wide.
  func lines(_ name: String, isColoured: Bool) -> [String] {
    let total = months.reduce(into: (expected: 0, here: 0, missing: 0, accepted: 0)) {
      $0 = ($0.expected + $1.expected, $0.here + $1.here, $0.missing + $1.missing, $0.accepted + $1.accepted)
    }
    var head = "\(name): \(total.here) of \(counted(total.expected, "half hour")) are here"
    if total.missing > 0 { head += ", \(total.missing) missing" }
    if total.accepted > 0 { head += ", \(total.accepted) accepted" }
    let years = Dictionary(grouping: months, by: \.year).sorted { $0.key < $1.key }
    return [head, "      J F M A M J J A S O N D"]
      + years.map { year, months in
        let marks = (1...12).map { number in
          months.first { $0.month == number }.map { Self.mark($0, isColoured: isColoured) } ?? " "
        }
        return "\(year)  \(marks.joined(separator: " "))  \(Self.words(months))"
      }
  }

  /// A full block is complete, a lower one not, a line at the bottom is nothing; what is accepted is not counted.
  private static func mark(_ month: Month, isColoured: Bool) -> String {
    let due = month.expected - month.accepted
    let blocks: [String] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇"]
    let (text, colour): (String, Int) =
      if due == 0 {
        ("-", 0)
      } else if month.missing == 0 {
        ("█", 32)
      } else if month.here == 0 {
        ("_", 31)
      } else {
        (blocks[month.here * blocks.count / due], 33)
      }
    return isColoured && colour != 0 ? "\u{1B}[\(colour)m\(text)\u{1B}[0m" : text
  }

  /// `complete`, or what is missing of which months, as many as 80 columns hold.
  private static func words(_ months: [Month]) -> String {
    let incomplete = months.filter { $0.missing > 0 }
    if incomplete.isEmpty { return months.contains { $0.expected > 0 } ? "complete" : "nothing is due yet" }
    if months.allSatisfy({ $0.missing == $0.expected }) { return "all missing" }
    let room = width - 32
    var text = "missing:"
    for (place, month) in incomplete.enumerated() {
      let missing = month.missing == month.expected ? "all" : "\(month.missing)"
      let part = "\(place == 0 ? "" : ",") \(names[month.month - 1]) \(missing)"
      let rest = " and \(incomplete.count - place) more"
      let isLast = place == incomplete.count - 1
      guard text.count + part.count + (isLast ? 0 : rest.count) <= room else { return text + rest }
      text += part
    }
    return text
  }

  private static func months(of window: Window, in london: LondonClock) -> [Month] {
    var months: [Month] = []
    var start = window.from
    while start < window.to {
      let (year, month, _) = SettlementDate(containing: start, in: london).date.yearMonthDay
      let next = CivilDate(year: month == 12 ? year + 1 : year, month: month % 12 + 1, day: 1)
      guard let end = next.map({ min(SettlementDate($0).start(in: london), window.to) }), end > start else { break }
      let part = Window(from: start, to: end)
      months.append(
        Month(year: year, month: month, window: part, expected: halfHours(from: part.from, to: part.to, in: part)))
      start = end
    }
    return months
  }

  /// Half hours that begin in both.
  private static func halfHours(from: Instant, to: Instant, in window: Window) -> Int {
    func before(_ instant: Instant) -> Int64 {
      let (whole, rest) = instant.microseconds.quotientAndRemainder(dividingBy: 1_800_000_000)
      return rest > 0 ? whole + 1 : whole
    }
    return Int(max(0, before(min(to, window.to)) - before(max(from, window.from))))
  }
}
