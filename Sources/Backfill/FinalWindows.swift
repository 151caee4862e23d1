import Feeds
package import Market
package import Store

extension Plan {
  /// Windows whose replies are looked up together, so that a plan of any length needs no more memory.
  private static let lookedUpTogether = 1_000

  /// Without the windows whose every day is final: no further reply can change them, or what they lack was accepted.
  ///
  /// - Parameter known: of the feed in a range its replies, in the order observed, and what was accepted as missing, a
  ///   range for each signal.
  package func leavingOutFinal(
    in london: LondonClock,
    _ known: (Window) async throws -> (replies: [FeedHistory.Reply], accepted: [Window])
  ) async throws -> Plan {
    var left: [Window] = []
    for start in stride(from: 0, to: windows.count, by: Self.lookedUpTogether) {
      let part = windows[start..<min(start + Self.lookedUpTogether, windows.count)]
      guard let from = part.map(\.from).min(), let to = part.map(\.to).max() else { continue }
      let (replies, accepted) = try await known(Window(from: from, to: to))
      let days = KnownDays(feed, replies, accepted, in: london)
      left += part.filter { !days.isFinal($0) }
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

/// The newest reply of each settlement day, and what was accepted as missing of it.
private struct KnownDays {
  private let feed: Feed
  private let london: LondonClock
  private var newest: [SettlementDate: FeedHistory.Reply] = [:]
  private var accepted: [SettlementDate: [Window]] = [:]

  init(_ feed: Feed, _ replies: [FeedHistory.Reply], _ accepted: [Window], in london: LondonClock) {
    self.feed = feed
    self.london = london
    for reply in replies {
      for date in reply.window.settlementDates(in: london) { newest[date] = reply }
    }
    for gap in accepted {
      for date in gap.settlementDates(in: london) { self.accepted[date, default: []].append(gap) }
    }
  }

  func isFinal(_ window: Window) -> Bool {
    window.settlementDates(in: london).allSatisfy { date in
      let whole = date.window(in: london)
      let day = Window(from: max(whole.from, window.from), to: min(whole.to, window.to))
      let values = accepted[date, default: []].reduce(0) { $0 + $1.halfHours(in: day) }
      if values > 0, values >= day.halfHours * feed.signals.count { return true }
      guard let reply = newest[date], reply.window.from <= day.from, day.to <= reply.window.to else { return false }
      let periods = reply.periods(of: day.halfHours, signals: feed.signals.count, accepted: values)
      return feed.revisit.isFinal(day, observedAt: reply.observedAt, periods: periods, leastAge: reply.leastAge)
    }
  }
}

extension Window {
  /// How many of its half hours lie in `other`.
  fileprivate func halfHours(in other: Window) -> Int {
    let (first, last) = (max(from, other.from), min(to, other.to))
    return first < last ? Window(from: first, to: last).halfHours : 0
  }
}
