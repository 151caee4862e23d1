package import Market

/// One feed: what a file of `feeds/` says, checked. Where to ask, how often, how to read the reply, what it yields.
package struct Feed: Sendable {
  /// The file's name without `.yaml`.
  package let id: String
  /// One sentence for people.
  package let description: String
  /// Where the provider documents it, for whoever checks a unit or a sign.
  package let source: String
  package let host: Host
  package let request: RequestTemplate
  package let format: ReplyFormat
  package let span: RequestSpan
  package let reading: Reading
  package let paging: Paging?
  /// nil: never asked by the service, only by `backfill`.
  package let schedule: Schedule?
  package let revisit: Revisit
  package let covers: Coverage
  package let quality: Quality
  /// Whether replies are to be kept whole.
  package let archive: Bool
  package let auth: Authentication

  package init(
    id: String, description: String, source: String, host: Host, request: RequestTemplate, format: ReplyFormat = .json,
    span: RequestSpan, reading: Reading, paging: Paging? = nil, schedule: Schedule? = nil, revisit: Revisit = Revisit(),
    covers: Coverage = Coverage(), quality: Quality = Quality(), archive: Bool = false, auth: Authentication = .none
  ) {
    self.id = id
    self.description = description
    self.source = source
    self.host = host
    self.request = request
    self.format = format
    self.span = span
    self.reading = reading
    self.paging = paging
    self.schedule = schedule
    self.revisit = revisit
    self.covers = covers
    self.quality = quality
    self.archive = archive
    self.auth = auth
  }

  /// The signals it yields, in the order its file lists them.
  package var signals: [Signal] {
    switch reading {
    case .records(let rule): rule.values.map(\.signal)
    case .axleSchedule: [.axleDispatch]
    }
  }
}

/// How a reply becomes observations.
package enum Reading: Sendable {
  /// A table of records, described by the feed's file.
  case records(RecordRule)
  /// Axle's schedule of steps, the one feed that is no table: read in code, for these batteries.
  case axleSchedule(assets: [AxleAsset])
}

/// A battery that Axle dispatches.
package struct AxleAsset: Hashable, Sendable {
  package let id: String
  /// Most it charges or discharges at, kW.
  package let maximum: Double

  package init(id: String, maximum: Double) {
    self.id = id
    self.maximum = maximum
  }
}

package enum ReplyFormat: Hashable, Sendable {
  case json
  case csv(CSVFormat)
}

package struct CSVFormat: Hashable, Sendable {
  package enum Encoding: String, Hashable, Sendable, CaseIterable {
    case utf8 = "utf-8"
    case latin1 = "latin-1"
  }
  package let encoding: Encoding
  /// The columns' names in order; nil: the first line names them.
  package let columns: [String]?

  package init(encoding: Encoding, columns: [String]?) {
    self.encoding = encoding
    self.columns = columns
  }
}

/// How much time one request covers.
package enum RequestSpan: Hashable, Sendable {
  case settlementDay
  /// Up to so many settlement days.
  case days(Int)
  /// From 1 January to 31 December by London's clock.
  case calendarYear
  /// The reply is all there is; the request names no time.
  case wholeFile
}

/// Where the reply says that there is more.
package struct Paging: Hashable, Sendable {
  /// Path, from the reply's root, to the next page's URL; null or absent on the last page. Only the URL's path and
  /// query are used: Modo's documentation shows plain `http://` links, and credentials never follow a link elsewhere.
  package let next: [String]

  package init(next: [String]) { self.next = next }
}

/// The days that the provider has.
package struct Coverage: Hashable, Sendable {
  package let first: SettlementDate?
  package let last: SettlementDate?

  package init(first: SettlementDate? = nil, last: SettlementDate? = nil) {
    self.first = first
    self.last = last
  }
}

/// What is expected of the values; a value outside is stored unchanged and flagged.
package struct Quality: Sendable {
  /// By the signal's name, in its unit.
  package let plausible: [String: ClosedRange<Double>]
  /// The time between neighbouring values, where there is one.
  package let cadence: Duration?
  /// Whether the values are estimates of what another signal will say.
  package let isEstimate: Bool

  package init(
    plausible: [String: ClosedRange<Double>] = [:], cadence: Duration? = nil, isEstimate: Bool = false
  ) {
    self.plausible = plausible
    self.cadence = cadence
    self.isEstimate = isEstimate
  }
}

/// What a request must carry. Names of settings only: a feed file never holds a secret.
package enum Authentication: Hashable, Sendable {
  case none
  /// The secret goes into a header.
  case header(name: String, secret: String, required: Bool)
  /// The secret goes into the query, which is then never printed.
  case query(name: String, secret: String, required: Bool)
  /// A password is exchanged for a bearer token, by a form sent to `path`.
  case passwordToken(path: String, username: String, password: String, lifetime: Duration, required: Bool)

  /// The settings without which nothing can be fetched.
  package var requiredSettings: [String] {
    switch self {
    case .none: []
    case .header(_, let secret, let required), .query(_, let secret, let required): required ? [secret] : []
    case .passwordToken(_, let username, let password, _, let required): required ? [username, password] : []
    }
  }
}
