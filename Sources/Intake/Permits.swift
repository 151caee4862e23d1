import Feeds
import Market

/// The permits of one gate: by its own budget, and where the host has other callers, by those that its row gave too.
struct Permits {
  /// This process's own calls never go faster than this, whatever the row gives.
  var budget: HostBudget
  /// nil where this process alone is counted, or nothing is limited.
  let source: PermitSource?
  /// As the host's file says.
  let every: Duration
  /// Those who wait for the source.
  let thirsty = WaitingLine<Result<Instant, any Error>>()
  var isFetching = false
  /// A row is updated once a second at most; a hair more, or a backfill's would be a call short now and then.
  static let pause = Duration.milliseconds(1_010)
  var nextTake = Instant(microseconds: .min)
  /// Calls made without a permit of the row, not reported yet.
  var excess = 0

  private let secondsWorth: Int
  private let isStrict: Bool
  /// When the calls of permits at hand may begin, soonest first; each is good for a moment from then on, or the host
  /// would have more calls in one instant than it should.
  private var hand: [Instant] = []
  private var aloneUntil = Instant(microseconds: .min)
  private var wasGiven = false

  private static let shelfLife = Duration.milliseconds(1_010)
  /// For so long a source that failed is not asked again.
  private static let restOfSource = Duration.seconds(5)

  init(_ host: Host, liveRound: Int, source: PermitSource?) {
    self.source = host.rate == .unlimited ? nil : source
    budget = self.source == nil ? HostBudget(host) : HostBudget(shared: host, liveRound: liveRound)
    every = budget.interval ?? .zero
    secondsWorth = HostBudget.secondsWorth(host)
    isStrict = host.isStrict
  }

  /// How many to take at once: for all who wait, and for a second.
  var wanted: Int { max(thirsty.count, secondsWorth) }

  /// When a call may begin, if that can be told without the source.
  mutating func atHand(at now: Instant) -> Instant? {
    guard source != nil else { return budget.take(at: now) }
    if now < aloneUntil {
      excess += 1
      return budget.take(at: now)
    }
    hand.removeAll { $0.advanced(by: Self.shelfLife) < now }
    return hand.isEmpty ? nil : max(hand.removeFirst(), budget.take(at: now))
  }

  /// Serves those who wait, and keeps what is left for a moment.
  mutating func received(_ block: PermitBlock, at now: Instant) {
    wasGiven = true
    budget.space(by: block.spacing)
    guard block.calls > 0 else {
      nextTake = max(nextTake, now.advanced(by: block.firstIn))
      return
    }
    hand = (0..<block.calls).map { max(now, now.advanced(by: block.firstIn + block.spacing * $0)) }
    while thirsty.count > 0, let start = hand.first {
      hand.removeFirst()
      // Whoever was cancelled this instant has lost his.
      if !thirsty.serve(.success(max(start, budget.take(at: now)))) { break }
    }
  }

  /// Without the source, at the rate last had.
  mutating func goOnAlone(at now: Instant) {
    // What was called before this process began is not known.
    if isStrict, !wasGiven { budget.hold(until: now.advanced(by: every)) }
    wasGiven = true
    aloneUntil = now.advanced(by: Self.restOfSource)
    while thirsty.count > 0 {
      if !thirsty.serve(.success(budget.take(at: now))) { break }
      excess += 1
    }
  }

  func giveUp(_ error: NoPermit) {
    while thirsty.serve(.failure(error)) {}
  }

  mutating func hold(until instant: Instant) {
    budget.hold(until: instant)
    hand = []
  }
}
