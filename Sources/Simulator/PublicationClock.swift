internal import Market

/// When each value comes out, and which of them are out at a given instant.
struct PublicationClock: Sendable {
  let dice: Dice
  let london: LondonClock
  /// Days before this one answer as if published and revised, whatever the clock says.
  let publishedUntil: SettlementDate?

  /// The version of one period's imbalance price in force at `now`, and when it was calculated.
  ///
  /// - Parameter end: the end of the period.
  /// - Returns: nil while the first calculation is still to come.
  func imbalance(
    _ date: SettlementDate, _ period: Int, end: Instant, at now: Instant
  ) -> (version: MarketModel.Version, created: Instant)? {
    let rerun = end.advanced(by: rerunLag(date, period))
    if rerun <= now || isPublished(date) { return (.rerun, rerun) }
    let first = end.advanced(by: firstRunLag(date, period))
    return first <= now ? (.firstRun, first) : nil
  }

  /// 14 to 19 minutes after the period's end.
  func firstRunLag(_ date: SettlementDate, _ period: Int) -> Duration {
    .seconds(840 + dice.number(below: 300, date.date.daysSinceEpoch, period, .firstLag))
  }

  /// 24 hours and 14.4 to 15.2 minutes after the period's end.
  func rerunLag(_ date: SettlementDate, _ period: Int) -> Duration {
    .seconds(87_264 + dice.number(below: 49, date.date.daysSinceEpoch, period, .rerunLag))
  }

  /// Market index data: five minutes after the period's end. How long Elexon takes is not documented.
  func isIndexOut(_ date: SettlementDate, end: Instant, at now: Instant) -> Bool {
    isPublished(date) || end.advanced(by: .minutes(5)) <= now
  }

  func isPublished(_ date: SettlementDate) -> Bool { publishedUntil.map { date < $0 } ?? false }

  /// The newest day of the Portal's files: a week back, when the first settlement run has been made.
  func lastSettledDate(at now: Instant) -> SettlementDate {
    let settled = SettlementDate(containing: now, in: london).advanced(by: -7)
    return publishedUntil.map { max($0.advanced(by: -1), settled) } ?? settled
  }
}
