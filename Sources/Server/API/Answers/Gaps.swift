import Hummingbird
import Market
import Postgres
import Store

extension API {
  /// What is missing of one signal, and of which window.
  private struct Missing: Sendable {
    let signal: Signal
    let newest: Instant?
    let window: Window?
    let completeness: Completeness
  }

  /// `/v1/gaps`
  func gaps(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = try Query(request, ["signal", "from", "to", "limit", "cursor"], london: london)
    let name = try query.optionalSignal()
    let from = try query.optionalEnd("from")
    let to = try query.optionalEnd("to", isLast: true)
    let limit = try query.number("limit", in: 1...100_000) ?? 10_000
    let subject = "gaps \(name ?? "") \(from?.description ?? "") \(to?.description ?? "")"
    let cursor = try query.cursor(of: subject)
    let (found, now) = try await pool.lend { connection in
      try await missing(name, from: from, to: to, through: connection)
    }
    let all = found.flatMap { missing in (missing.completeness.missing ?? []).map { (missing.signal, $0) } }
    // A gap's place is its signal and where it begins.
    let left = all.filter { signal, gap in
      guard let cursor else { return true }
      let time = Int64(bitPattern: cursor.second)
      return (UInt64(signal.id), gap.window.from.microseconds) > (cursor.first, time)
    }
    let page = left.prefix(limit)
    let next = left.count > limit ? page.last : nil
    return document { json in
      json.member("as_of", now)
      json.member("signals") { $0.array(found) { write($1, at: now, to: &$0) } }
      json.member("gaps") { json in json.array(page) { write($1.1, of: $1.0, to: &$0) } }
      json.member("limited", next != nil)
      json.member(
        "next_cursor",
        next.map {
          Cursor(UInt64($0.0.id), UInt64(bitPattern: $0.1.window.from.microseconds), of: subject).description
        })
    }
  }

  private func missing(
    _ name: String?, from: Instant?, to: Instant?, through connection: Connection
  ) async throws -> ([Missing], now: Instant) {
    let (facts, now) = try await SignalFacts.read(through: connection)
    let table = try await SignalTable.read(through: connection)
    let wanted = try name.map { try table.signal(named: $0).id }
    let supplies = try await FeedSignal.all(through: connection)
    let reader = GapReader(connection: connection)
    var found: [Missing] = []
    for fact in facts where wanted.map({ $0 == fact.signal.id }) ?? true {
      let own = supplies.halfHourly(of: fact.signal.id)
      func unknown(_ completeness: Completeness) -> Missing {
        Missing(signal: fact.signal, newest: fact.newest, window: nil, completeness: completeness)
      }
      guard !own.isEmpty else {
        found.append(unknown(.unpromised))
        continue
      }
      var start = from
      if start == nil { start = try await reader.knownSince(signal: fact.signal.id, feeds: own.map(\.feed)) }
      guard let start else {
        found.append(unknown(.unknown("nothing of it is stored or was ever asked for")))
        continue
      }
      let window = own.possible(in: Window(from: start, to: max(start, to ?? now)), at: now)
      var gaps: [Gap] = []
      if let window { gaps = try await reader.read(signal: fact.signal.id, from: own, in: window, at: now) }
      found.append(
        Missing(signal: fact.signal, newest: fact.newest, window: window, completeness: Completeness(of: gaps)))
    }
    return (found, now)
  }

  private func write(_ missing: Missing, at now: Instant, to json: inout JSONText) {
    json.object { json in
      json.member("signal", missing.signal.name)
      json.member("from", missing.window?.from)
      json.member("to", missing.window?.to)
      json.member("newest_time", missing.newest)
      json.member("age", missing.newest.map { now.since($0) })
      json.member("complete", missing.completeness.isComplete)
      json.member("complete_reason", missing.completeness.reason)
    }
  }

  private func write(_ gap: Gap, of signal: Signal, to json: inout JSONText) {
    let period = SettlementPeriod(containing: gap.window.from, in: london)
    json.object { json in
      json.member("signal", signal.name)
      json.gap(gap)
      json.member("settlement_date", period.date.description)
      json.member("settlement_period", period.number)
      json.member("open", gap.kind.isOpen)
    }
  }
}
