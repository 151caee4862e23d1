import Hummingbird
import Market
import Postgres
import Store

extension API {
  /// `/v1/signals`
  func signals(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try Query(request, [], london: london)
    let (facts, now) = try await pool.lend { try await SignalFacts.read(through: $0) }
    return document { json in
      json.member("as_of", now)
      json.member("simulated", isSimulated)
      json.member("signals") { json in
        json.array(facts) { json, fact in
          json.object { json in
            json.member("signal", fact.signal.name)
            json.member("type", Int(fact.signal.id))
            json.member("unit", fact.signal.unit.description)
            json.member("description", fact.description)
            json.member("half_hourly", !fact.feeds.isEmpty)
            json.member("feeds") { $0.array(fact.feeds) { $0.write($1) } }
            json.member("first_time", fact.first)
            json.member("newest_time", fact.newest)
            json.member("age", fact.newest.map { now.since($0) })
          }
        }
      }
    }
  }

  /// The signals of these names.
  ///
  /// - Throws: `UnknownSignal`, `PoolExhausted`, `NotDeployed`, `PostgresError`.
  func known(_ names: [String]) async throws -> [Signal] {
    let table = try await pool.lend { try await SignalTable.read(through: $0) }
    return try names.map { try table.signal(named: $0) }
  }
}
