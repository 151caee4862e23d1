package import Feeds
package import Market

/// What a backfill will ask for, before it asks for anything: its windows, newest first unless turned.
package struct Plan: Sendable {
  package let feed: Feed
  package let windows: [Window]
  /// Why this feed was taken where several could have been; nil where it was asked for by name.
  package let choice: String?

  package init(feed: Feed, windows: [Window], choice: String? = nil) {
    self.feed = feed
    self.windows = windows
    self.choice = choice
  }

  /// A feed asked for by name: every day given, past or future.
  package init(feed: Feed, range: Window, in london: LondonClock) {
    self.init(feed: feed, windows: feed.span.windows(covering: range, in: london).reversed())
  }

  /// The feeds that can supply `signal` over `range`, the best one alone.
  ///
  /// The one whose days cover most of the range; among equals the live one, since its values are what the service
  /// would have stored; then by name.
  ///
  /// - Parameter available: the feeds that may be asked, credentials considered.
  package init?(signal: Signal, range: Window, available: [Feed], now: Instant, in london: LondonClock) {
    let tomorrow = SettlementDate(containing: now, in: london).advanced(by: 1).start(in: london)
    let past = Window(from: min(range.from, tomorrow), to: min(range.to, tomorrow))
    let candidates = available.filter { $0.signals.contains(signal) }
      .map { (feed: $0, covered: $0.covers.part(of: past, in: london)) }
      .sorted { left, right in
        let lengths = (left.covered?.halfHours ?? 0, right.covered?.halfHours ?? 0)
        if lengths.0 != lengths.1 { return lengths.0 > lengths.1 }
        let live = (left.feed.schedule != nil, right.feed.schedule != nil)
        if live.0 != live.1 { return live.0 }
        return left.feed.id < right.feed.id
      }
    guard let best = candidates.first else { return nil }
    self.init(
      feed: best.feed,
      windows: best.covered.map { best.feed.span.windows(covering: $0, in: london).reversed() } ?? [],
      choice: Self.words(
        best.feed, signal, asked: past, covered: best.covered, others: candidates.dropFirst().map(\.feed.id), london))
  }

  private static func words(
    _ feed: Feed, _ signal: Signal, asked: Window, covered: Window?, others: [String], _ london: LondonClock
  ) -> String {
    var text = "\(feed.id) supplies \(signal.name)"
    if let covered {
      if covered.from > asked.from { text += " from \(SettlementDate(containing: covered.from, in: london)) on" }
      if covered.to < asked.to {
        let last = SettlementDate(containing: Instant(microseconds: covered.to.microseconds - 1), in: london)
        text += " up to \(last)"
      }
    } else {
      text += ", but nothing of these days"
    }
    return text + (others.isEmpty ? "" : " (\(others.joined(separator: ", ")) could too)")
  }

  /// Settlement periods that the plan spans.
  package var periods: Int { windows.reduce(0) { $0 + $1.halfHours } }

  /// How long its requests take at the host's rate, at the least; nil where nothing limits them.
  package var leastTime: Duration? { feed.host.rate.leastTime(of: windows.count) }
}

extension Coverage {
  /// The part of `range` that lies within the days that the provider has; nil where there is none.
  fileprivate func part(of range: Window, in london: LondonClock) -> Window? {
    let from = max(range.from, first?.start(in: london) ?? range.from)
    let to = min(range.to, last?.advanced(by: 1).start(in: london) ?? range.to)
    return from < to ? Window(from: from, to: to) : nil
  }
}
