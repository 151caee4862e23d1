internal import Market

extension Feed {
  /// Whether its file promises a value for every half hour, so that one can be missing.
  package var isHalfHourly: Bool { quality.cadence == .minutes(30) }

  /// How long after a half hour's start its value should be in the table where all goes well: the first round after it
  /// is out. nil where nothing says when values come: the feed is only asked by hand, or its reply is a file that ends
  /// where it ends.
  package var expectedAfter: Duration? {
    guard let schedule, span != .wholeFile, isHalfHourly else { return nil }
    let round =
      switch schedule.origin {
      case .periodStart: schedule.offset
      case .periodEnd: .minutes(30) + schedule.offset
      case .clock: .minutes(30) + schedule.every
      }
    return round + schedule.jitter
  }

  /// How long after a half hour's start its value counts as missing: another half hour for a provider that is late.
  package var publishedAfter: Duration? { expectedAfter.map { $0 + .minutes(30) } }
}
