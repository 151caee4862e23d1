/// A span of `time`, from an instant to another that is no longer part of it.
package struct Window: Hashable, Sendable, CustomStringConvertible {
  package let from: Instant
  /// Excluded.
  package let to: Instant

  static let halfHour: Int64 = 1_800_000_000

  package init(from: Instant, to: Instant) {
    precondition(from <= to, "a window ends before it begins")
    self.from = from
    self.to = to
  }

  package func contains(_ instant: Instant) -> Bool { instant >= from && instant < to }

  /// How many half hours it spans; 48 for an ordinary settlement day.
  package var halfHours: Int { Int((to.microseconds - from.microseconds) / Self.halfHour) }

  /// The settlement days from `first` to `last`, both included.
  package init(from first: SettlementDate, through last: SettlementDate, in london: LondonClock) {
    self.init(from: first.start(in: london), to: last.advanced(by: 1).start(in: london))
  }

  /// The settlement days that it touches, oldest first.
  package func settlementDates(in london: LondonClock) -> [SettlementDate] {
    guard from < to else { return [] }
    let first = SettlementDate(containing: from, in: london)
    let last = SettlementDate(containing: Instant(microseconds: to.microseconds - 1), in: london)
    return (0...last.days(since: first)).map(first.advanced(by:))
  }

  /// The windows of at most `days` whole settlement days that cover it, oldest first.
  ///
  /// A request asks for whole days even where this window begins or ends inside one.
  package func split(days: Int, in london: LondonClock) -> [Window] {
    precondition(days >= 1)
    let dates = settlementDates(in: london)
    return stride(from: 0, to: dates.count, by: days).map { start in
      Window(from: dates[start], through: dates[min(start + days, dates.count) - 1], in: london)
    }
  }

  /// `2026-03-29T00:00:00Z to 2026-03-29T23:00:00Z`.
  package var description: String { "\(from) to \(to)" }
}
