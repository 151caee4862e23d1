import Feeds
package import Market
package import Store

extension Plan {
  /// Windows whose replies are looked up together, so that a plan of any length needs no more memory.
  private static let lookedUpTogether = 1_000

  /// Without the windows whose every day is final: no further reply can change them.
  ///
  /// - Parameter replies: what is known of the feed in a range, in the order observed.
  package func leavingOutFinal(
    in london: LondonClock, _ replies: (Window) async throws -> [FeedHistory.Reply]
  ) async throws -> Plan {
    var left: [Window] = []
    for start in stride(from: 0, to: windows.count, by: Self.lookedUpTogether) {
      let part = windows[start..<min(start + Self.lookedUpTogether, windows.count)]
      guard let from = part.map(\.from).min(), let to = part.map(\.to).max() else { continue }
      let known = KnownDays(feed, try await replies(Window(from: from, to: to)), in: london)
      left += part.filter { !known.isFinal($0) }
    }
    return Plan(feed: feed, windows: left, choice: choice)
  }

  /// Only the windows that `isWanted`.
  package func keeping(_ isWanted: (Window) -> Bool) -> Plan {
    Plan(feed: feed, windows: windows.filter(isWanted), choice: choice)
  }

  /// The other way round.
  package var reversed: Plan { Plan(feed: feed, windows: windows.reversed(), choice: choice) }
}

/// The newest reply of each settlement day.
private struct KnownDays {
  private let feed: Feed
  private let london: LondonClock
  private var newest: [SettlementDate: FeedHistory.Reply] = [:]

  init(_ feed: Feed, _ replies: [FeedHistory.Reply], in london: LondonClock) {
    self.feed = feed
    self.london = london
    for reply in replies {
      for date in reply.window.settlementDates(in: london) { newest[date] = reply }
    }
  }

  func isFinal(_ window: Window) -> Bool {
    window.settlementDates(in: london).allSatisfy { date in
      let whole = date.window(in: london)
      let day = Window(from: max(whole.from, window.from), to: min(whole.to, window.to))
      guard let reply = newest[date], reply.window.from <= day.from, day.to <= reply.window.to else { return false }
      let periods = reply.periods(of: day.halfHours, signals: feed.signals.count)
      return feed.revisit.isFinal(day, observedAt: reply.observedAt, periods: periods, leastAge: reply.leastAge)
    }
  }
}
