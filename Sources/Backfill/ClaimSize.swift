import Market

/// How many windows a worker claims at once: about what it reads in a second, so that those who share a backfill end it
/// together, and nobody hoards the windows of a slow host.
struct ClaimSize {
  private(set) var windows: Int
  private let least: Int
  private let most: Int
  private var claimedAt: Instant?

  /// A claim that lasted less is followed by a larger one.
  private static let shortest = Duration.milliseconds(500)
  /// One that lasted more, by a smaller one.
  private static let longest = Duration.seconds(1)

  /// - Parameters:
  ///   - inFlight: calls that the worker makes at once, for which there are always windows.
  ///   - most: that one claim may have.
  init(inFlight: Int, most: Int) {
    self.most = max(1, most)
    least = min(inFlight, self.most)
    windows = min(2 * inFlight, self.most)
  }

  /// The size of the claim that is made now.
  mutating func next(at now: Instant) -> Int {
    if let claimedAt {
      let lasted = now.since(claimedAt)
      if lasted < Self.shortest { windows = min(2 * windows, most) }
      if lasted > Self.longest { windows = max(windows / 2, least) }
    }
    claimedAt = now
    return windows
  }
}
