/// When the service asks a feed.
package struct Schedule: Hashable, Sendable {
  /// Between two rounds; rounds begin at multiples of it on the UTC clock, which are whole half hours for Elexon's.
  package let every: Duration
  /// How long after the multiple.
  package let offset: Duration
  /// A random further delay, up to this, so that many collectors do not ask in the same instant.
  package let jitter: Duration
  /// How far back from now each round asks.
  package let lookback: Duration

  package init(every: Duration, offset: Duration = .zero, jitter: Duration = .zero, lookback: Duration) {
    self.every = every
    self.offset = offset
    self.jitter = jitter
    self.lookback = lookback
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
}
