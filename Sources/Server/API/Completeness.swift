import HTTPTypes
import Market
import Postgres
import Store

/// Whether an answer holds every half hour that it should.
struct Completeness: Sendable {
  /// nil where that is not known.
  let isComplete: Bool?
  /// Why not, or why it is not known.
  let reason: String?
  /// What has no value, oldest first; nil where that is not known.
  let missing: [Gap]?

  static func unknown(_ reason: String) -> Completeness {
    Completeness(isComplete: nil, reason: reason, missing: nil)
  }

  private init(isComplete: Bool?, reason: String?, missing: [Gap]?) {
    self.isComplete = isComplete
    self.reason = reason
    self.missing = missing
  }

  init(of gaps: [Gap]) {
    let open = gaps.filter(\.kind.isOpen).reduce(0) { $0 + $1.window.halfHours }
    isComplete = open == 0
    reason = open == 0 ? nil : open == 1 ? "1 half hour is missing" : "\(open) half hours are missing"
    missing = gaps
  }

  /// Of a signal's current values in a window.
  ///
  /// - Throws: `NotDeployed`, `PostgresError`.
  static func read(
    of signal: Signal, in window: Window, at now: Instant, through connection: Connection
  ) async throws -> Completeness {
    let supplies = try await FeedSignal.all(through: connection).halfHourly(of: signal.id)
    guard !supplies.isEmpty else { return .unpromised }
    guard let possible = supplies.possible(in: window, at: now) else { return Completeness(of: []) }
    return Completeness(
      of: try await GapReader(connection: connection).read(signal: signal.id, from: supplies, in: possible, at: now))
  }

  static let unpromised = unknown("no feed promises a value of it for every half hour")

  /// How many gaps an answer about a range lists.
  static let mostGaps = 1_000
}

/// What every answer about a range of a signal says before its data.
struct Preamble: Sendable {
  let signal: Signal
  let window: Window
  /// What was known at this instant is told.
  let asOf: Instant
  let freshness: Freshness
  let completeness: Completeness

  /// - Parameter asOf: nil for now.
  /// - Throws: `UnknownSignal`, `NotDeployed`, `PostgresError`.
  static func read(
    of name: String, in window: Window, asOf: Instant? = nil, through connection: Connection
  ) async throws -> Preamble {
    let signal = try await SignalTable.read(through: connection).signal(named: name)
    let freshness = try await Freshness.read(of: signal.id, through: connection)
    return Preamble(
      signal: signal, window: window, asOf: asOf ?? freshness.now, freshness: freshness,
      completeness: asOf != nil
        ? .unknown("what was missing at an instant of the past is not known")
        : try await .read(of: signal, in: window, at: freshness.now, through: connection))
  }

  func write(to json: inout JSONText) {
    json.member("signal", signal.name)
    json.member("unit", signal.unit.description)
    json.member("from", window.from)
    json.member("to", window.to)
    json.freshness(asOf: asOf, freshness, completeness)
  }

  var headers: HTTPFields { freshness.headers(asOf: asOf, completeness) }
}

extension Freshness {
  /// The same for who reads no JSON.
  func headers(asOf: Instant, _ completeness: Completeness) -> HTTPFields {
    var headers: HTTPFields = [.cacheControl: "no-store", .fluxAsOf: "\(asOf)"]
    headers[.fluxNewestTime] = newest?.description
    headers[.fluxAge] = age.map { "\($0.microseconds / 1_000_000)" }
    headers[.fluxComplete] = completeness.isComplete.map { "\($0)" } ?? "unknown"
    return headers
  }
}

extension JSONText {
  mutating func freshness(asOf: Instant, _ freshness: Freshness, _ completeness: Completeness) {
    member("as_of", asOf)
    member("newest_time", freshness.newest)
    member("age", freshness.age)
    member("complete", completeness.isComplete)
    member("complete_reason", completeness.reason)
    member("missing") { json in
      guard let missing = completeness.missing else { return json.literal("null") }
      json.array(missing.prefix(Completeness.mostGaps)) { json, gap in json.object { $0.gap(gap) } }
    }
  }

  /// The members of a gap.
  mutating func gap(_ gap: Gap) {
    member("from", gap.window.from)
    member("to", gap.window.to)
    member("half_hours", gap.window.halfHours)
    member("kind", gap.kind.rawValue)
    member("reason", gap.reason)
  }
}

extension HTTPField.Name {
  static let fluxAsOf = HTTPField.Name("Flux-As-Of")!
  static let fluxNewestTime = HTTPField.Name("Flux-Newest-Time")!
  static let fluxAge = HTTPField.Name("Flux-Age")!
  static let fluxComplete = HTTPField.Name("Flux-Complete")!
  static let fluxThinned = HTTPField.Name("Flux-Thinned")!
}
