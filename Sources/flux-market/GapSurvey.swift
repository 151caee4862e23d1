import Backfill
import Feeds
import Intake
import Market
import Postgres
import Store

extension FeedSession {
  /// What these feeds yield, and at what pace.
  var supplies: [FeedSignal] {
    catalog.feeds.flatMap { feed in
      feed.signals.map { signal in
        FeedSignal(
          feed: feed.id, signal: signal.id, first: feed.covers.first?.start(in: london),
          end: feed.covers.last?.advanced(by: 1).start(in: london),
          pace: FeedSignal.Pace(
            cadence: feed.quality.cadence, expectedAfter: feed.expectedAfter, publishedAfter: feed.publishedAfter,
            askedEvery: feed.schedule?.every),
          isEstimate: feed.quality.isEstimate)
      }
    }
  }

  /// Lets `flux.open_gaps` and `flux.desk` know what to expect.
  ///
  /// - Throws: `NotDeployed`, `PostgresError`.
  func recordSupplies(through connection: Connection) async throws {
    try await FeedSignal.record(supplies, of: catalog.feeds.map(\.id), through: connection)
  }
}

/// What is missing of one signal.
struct SignalGaps: Sendable {
  let signal: Signal
  /// What was looked at: no earlier than its feeds' providers begin, and not the future.
  let window: Window
  /// Oldest first.
  let gaps: [Gap]

  var open: [Gap] { gaps.filter(\.kind.isOpen) }
}

/// Looks for what is missing of the signals that have a value for every half hour.
struct GapSurvey {
  private let session: FeedSession
  private let signals: [Signal]
  private let isNamed: Bool
  private let available: [Feed]

  /// - Parameter name: all such signals where it is nil.
  /// - Throws: ``UnknownName``; ``UsageError`` for a signal that no feed promises for every half hour.
  init(_ name: String?, of known: [Signal], session: FeedSession) throws {
    self.session = session
    available = session.available().on
    isNamed = name != nil
    let supplied = Set(session.supplies.filter(\.isHalfHourly).map(\.signal))
    guard let name else {
      signals = known.filter { supplied.contains($0.id) }
      return
    }
    guard let signal = known.first(where: { $0.name == name }) else {
      throw UnknownName("signal", name, known: known.map(\.name))
    }
    guard supplied.contains(signal.id) else {
      throw UsageError(
        description: "nothing of \(name) can be missing: no feed has \"cadence: 30 min\" for it in its file")
    }
    signals = [signal]
  }

  /// - Parameter from: nil for the earliest time that is stored or was asked for.
  /// - Throws: ``UsageError`` where the range is empty, `NotDeployed`, `PostgresError`.
  func read(
    from: RangeEnd?, to: RangeEnd, at now: Instant, through connection: Connection
  ) async throws -> [SignalGaps] {
    let reader = GapReader(connection: connection)
    let supplies = session.supplies
    var found: [SignalGaps] = []
    for signal in signals {
      let supplies = supplies.halfHourly(of: signal.id)
      var start = from
      if start == nil {
        start = try await reader.knownSince(signal: signal.id, feeds: supplies.map(\.feed)).map(RangeEnd.instant)
      }
      guard let start else {
        if isNamed { tell("nothing of \(signal.name) was ever asked for: say since when with --from") }
        continue
      }
      var range = RangeOptions()
      (range.from, range.to) = (start, to)
      let asked = try range.window(now: now, in: session.london)
      guard let window = supplies.possible(in: asked, at: now) else { continue }
      let gaps = try await reader.read(signal: signal.id, from: supplies, in: window, at: now)
      found.append(SignalGaps(signal: signal, window: window, gaps: gaps))
    }
    return found
  }

  /// The requests that would fill what is open, a plan for each feed: every gap is asked of the feed that a backfill
  /// would ask, and what several signals of one feed miss is asked for once.
  func plans(filling found: [SignalGaps], at now: Instant) -> [Plan] {
    var gaps: [String: [Window]] = [:]
    for found in found {
      for gap in found.open {
        let best = Plan(signal: found.signal, range: gap.window, available: available, now: now, in: session.london)
        if let feed = best?.feed { gaps[feed.id, default: []].append(gap.window) }
      }
    }
    return available.compactMap { feed in
      guard let windows = gaps[feed.id] else { return nil }
      let plan = Plan(feed: feed, filling: windows, in: session.london)
      return plan.windows.isEmpty ? nil : plan
    }
  }
}
