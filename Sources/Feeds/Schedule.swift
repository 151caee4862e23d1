package import Market

/// When the service asks a feed.
package struct Schedule: Hashable, Sendable {
  /// What `offset` is counted from.
  package enum Origin: Hashable, Sendable {
    /// Multiples of `every` on the UTC clock.
    case clock
    /// The start of a settlement period: its values are expected `offset` later.
    case periodStart
    /// The end of a settlement period: its values are expected `offset` later.
    case periodEnd
  }

  /// Between two rounds, which begin at multiples of it on the UTC clock, moved by `offset`. Settlement periods begin
  /// and end at whole half hours of UTC, in summer too.
  package let every: Duration
  /// How long after the multiple.
  package let offset: Duration
  package let origin: Origin
  /// A random further delay, up to this, so that many collectors do not ask in the same instant.
  package let jitter: Duration
  /// How far back from now each round asks.
  package let lookback: Duration
  /// How soon a day is asked for again that lacks a period which is expected by now; nil: at the next round.
  package let whileMissing: Duration?

  package init(
    every: Duration, offset: Duration = .zero, origin: Origin = .clock, jitter: Duration = .zero, lookback: Duration,
    whileMissing: Duration? = nil
  ) {
    self.every = every
    self.offset = offset
    self.origin = origin
    self.jitter = jitter
    self.lookback = lookback
    self.whileMissing = whileMissing
  }
}

/// When a window that has been fetched is fetched again, since its values may still change.
package struct Revisit: Hashable, Sendable {
  /// Ages after the window's end; final after the last. Empty: 7 days.
  package let ages: [Duration]
  /// A field of the records that must be so much later than its period's end before the day is final.
  package let until: Until?
  /// The age after which a live service need not ask any more, final or not.
  package let limit: Duration

  package struct Until: Hashable, Sendable {
    package let field: String
    package let pastPeriodEnd: Duration

    package init(field: String, pastPeriodEnd: Duration) {
      self.field = field
      self.pastPeriodEnd = pastPeriodEnd
    }
  }

  package init(ages: [Duration] = [], until: Until? = nil, limit: Duration = .seconds(7 * 86_400)) {
    self.ages = ages
    self.until = until
    self.limit = limit
  }

  /// Whether no further reply can change a window. Source: docs/feeds.md, `revisit`.
  ///
  /// - Parameters:
  ///   - observedAt: when its newest reply had arrived.
  ///   - periods: settlement periods that this reply had.
  ///   - leastAge: the least time between a period's end and the field that `until` names.
  package func isFinal(_ window: Window, observedAt: Instant, periods: Int, leastAge: Duration?) -> Bool {
    guard let until else { return observedAt >= window.to.advanced(by: ages.last ?? limit) }
    return periods >= window.halfHours && leastAge.map { $0 >= until.pastPeriodEnd } ?? false
  }
}
