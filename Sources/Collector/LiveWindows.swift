package import Feeds
package import Market

extension Feed {
  /// The windows of one live round, newest first, as far back as the schedule looks; nil asks for the whole file.
  /// None where the feed has no schedule.
  package func liveWindows(now: Instant, in london: LondonClock) -> [Window?] {
    guard let schedule else { return [] }
    guard span != .wholeFile else { return [nil] }
    // `now` itself is part of it: at midnight the new day has begun.
    let range = Window(from: now.advanced(by: .zero - schedule.lookback), to: now.advanced(by: .microseconds(1)))
    return span.windows(covering: range, in: london).reversed()
  }
}
