import Hummingbird
import Market
import Postgres
import Store

extension API {
  /// `/v1/revisions`
  func revisions(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = try Query(request, ["signal", "from", "to", "since"], london: london)
    let (name, window) = (try query.signal(), try query.range())
    let origin = try query.choice("since", RevisionAges.Origin.allCases.map { ($0.rawValue, $0) })
    let (preamble, ages) = try await pool.lend { connection in
      let signal = try await SignalTable.read(through: connection).signal(named: name)
      let freshness = try await Freshness.read(of: signal.id, through: connection)
      let preamble = Preamble(
        signal: signal, window: window, asOf: freshness.now, freshness: freshness,
        completeness: try await .read(of: signal, in: window, at: freshness.now, through: connection))
      return (
        preamble,
        try await RevisionAges.read(signal: signal.id, in: window, from: origin, through: connection)
      )
    }
    return document { json in
      preamble.write(to: &json)
      json.member("ages") { json in
        json.array(ages.filter { $0.known > 0 }) { json, row in
          json.object { json in
            json.member("age", row.age)
            json.member("known", row.known)
            json.member("moved", row.moved)
            json.member("mean_move", row.meanMove)
            json.member("max_move", row.greatestMove)
            json.member("unsettled", row.unsettled)
            json.member("mean_distance", row.meanDistance)
            json.member("max_distance", row.greatestDistance)
          }
        }
      }
    }
  }
}
