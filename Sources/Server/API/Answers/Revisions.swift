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
      let preamble = try await Preamble.read(of: name, in: window, through: connection)
      return (
        preamble,
        try await RevisionAges.read(signal: preamble.signal.id, in: window, from: origin, through: connection)
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
