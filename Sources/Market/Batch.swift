/// What one request of one feed yielded, on its way from the decoder to the store.
package struct Batch: Sendable {
  /// The feed's id, `elexon-system-price`.
  package let feed: String
  /// The span of `time` asked for; nil where the request named none.
  package let window: Window?
  /// When the reply had arrived in full, by the collector's clock.
  package private(set) var observedAt: Instant
  /// Newest first: the order of the table's indexes.
  package var observations: [Observation] = []
  /// JSON objects, one for each observation; nil where the feed declares none.
  package var metadata: [String?]?
  /// Set for dispatch: becomes observations when it is loaded, against the schedule in force.
  package var schedule: DispatchSchedule?
  package var rejects: [Reject] = []
  package var flags: [ImplausibleValue] = []
  package var counts = Counts()
  /// The least time between a period's end and the field that `revisit.until` names; nil where the feed names none.
  package var leastAge: Duration?

  /// Every record of the reply is in one of these: `records = used + filtered + outside + rejected`.
  package struct Counts: Hashable, Sendable {
    package var records = 0
    /// Left out by the feed's own `where`.
    package var filtered = 0
    /// Of a time outside the window asked for.
    package var outside = 0
    /// Records that had at least one reject.
    package var rejected = 0
    /// Values that are rightly absent: null where nullable, a price whose volume is 0.
    package var withoutValue = 0
    /// Fields of the records that the feed does not name: additions are tolerated, and counted.
    package var unknownFields = 0
    /// Bytes of the reply, decompressed.
    package var bytes = 0

    package init() {}

    package static func += (total: inout Counts, part: Counts) {
      total.records += part.records
      total.filtered += part.filtered
      total.outside += part.outside
      total.rejected += part.rejected
      total.withoutValue += part.withoutValue
      total.unknownFields = max(total.unknownFields, part.unknownFields)
      total.bytes += part.bytes
    }
  }

  package init(feed: String, window: Window?, observedAt: Instant) {
    self.feed = feed
    self.window = window
    self.observedAt = observedAt
  }

  /// Takes in the next page of the same request, whose arrival is when all of it had arrived.
  package mutating func append(_ page: Batch) {
    let newer = page.observations.first.map { $0.time > (observations.first?.time ?? $0.time) } ?? false
    observations = newer ? page.observations + observations : observations + page.observations
    observedAt = max(observedAt, page.observedAt)
    rejects += page.rejects
    flags += page.flags
    counts += page.counts
    leastAge = [leastAge, page.leastAge].compactMap { $0 }.min()
  }
}

/// A record, or one value of it, that was refused while its neighbours went in; or a reply of which nothing was used.
package struct Reject: Hashable, Sendable, CustomStringConvertible {
  package let feed: String
  /// Where in the reply: `data[17]`, `line 4`, `schedule_steps[2] of asset b1`.
  package let place: String
  /// The period or instant it is of, where that could be read: `2025-10-26 period 37`.
  package let time: String?
  package let field: String
  /// As it stands in the reply, cut to 100 characters.
  package let value: String
  /// `is not a number`; reads on after the value.
  package let reason: String
  /// What was asked, without secrets; nil where whoever reads the reply does not know.
  package var url: String?
  /// The record, or how the reply begins, without secrets; nil where nothing of it is at hand.
  package var sample: String?

  /// The reason of a field that no record of a reply has: the provider has changed its form, which somebody must see.
  package static let fieldGone = "is gone from every record"

  /// Whether it tells of a field that no record has any longer.
  package var isAlarm: Bool { reason.hasPrefix(Self.fieldGone) }

  package init(
    feed: String, place: String, time: String?, field: String, value: String, reason: String, url: String? = nil,
    sample: String? = nil
  ) {
    self.feed = feed
    self.place = place
    self.time = time
    self.field = field
    self.value = value
    self.reason = reason
    self.url = url
    self.sample = sample
  }

  /// `elexon-system-price data[36] (2025-10-26 period 37): systemSellPrice "N/A" is not a number`.
  package var description: String {
    let subject = field.isEmpty ? "" : value.isEmpty && isAlarm ? "\(field) " : "\(field) \"\(value)\" "
    return "\(feed) \(place)\(time.map { " (\($0))" } ?? ""): \(subject)\(reason)"
  }
}

/// A value outside its plausible range: stored unchanged, and shown to somebody.
package struct ImplausibleValue: Hashable, Sendable {
  package let signal: Int32
  package let time: Instant
  package let value: Float
  /// `above 9000 £/MWh`.
  package let reason: String

  package init(signal: Int32, time: Instant, value: Float, reason: String) {
    self.signal = signal
    self.time = time
    self.value = value
    self.reason = reason
  }
}
