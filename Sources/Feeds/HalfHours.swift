internal import Market

extension Feed {
  /// Whether its file promises a value for every half hour, so that one can be missing.
  package var isHalfHourly: Bool { quality.cadence == .minutes(30) }

  /// How long after a half hour's start its value should be in the table: the first round after it is out, and another
  /// half hour for a provider that is late. nil where nothing says when values come: the feed is only asked by hand, or
  /// its reply is a file that ends where it ends.
  package var publishedAfter: Duration? {
    guard let schedule, span != .wholeFile else { return nil }
    let round =
      switch schedule.origin {
      case .periodStart: schedule.offset
      case .periodEnd: .minutes(30) + schedule.offset
      case .clock: .minutes(30) + schedule.every
      }
    return round + schedule.jitter + .minutes(30)
  }
}
