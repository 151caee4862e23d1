import Hummingbird
import Market
import NIOCore
import Postgres
import Store

extension API {
  /// `/v1/latest`
  func latest(_ request: Request, _ context: APIContext) async throws -> Response {
    let names = try Query(request, ["signal"], london: london).signals()
    let answer = try await latestAnswers.answer(to: names, commits: live.readers.commits) { try await read(names) }
    return request.unlessKnown(answer.tag, [.contentType: "application/json", .cacheControl: "no-cache"]) {
      ResponseBody(byteBuffer: answer.body)
    }
  }

  private func read(_ names: [String]) async throws -> LatestAnswers.Answer {
    let (rows, days, now) = try await pool.lend { connection in
      let reader = DeskReader(connection: connection)
      let ids = names.isEmpty ? nil : try await SignalTable.read(through: connection).ids(of: names)
      return (try await reader.read(signals: ids), try await reader.lastDay(signals: ids), try await connection.now())
    }
    // Ages go on by themselves: what is named is what they are the ages of.
    var content = JSONText(capacity: 8_192)
    content.array(rows) { write($1, days[$1.signal.id] ?? [], at: nil, to: &$0) }
    var json = JSONText(capacity: 8_192)
    json.object { json in
      json.member("as_of", now)
      json.member("simulated", isSimulated)
      json.member("signals") { $0.array(rows) { write($1, days[$1.signal.id] ?? [], at: now, to: &$0) } }
    }
    json.endLine()
    return LatestAnswers.Answer(tag: EntityTag(of: Array(content.buffer.readableBytesView)), body: json.buffer)
  }

  /// - Parameter now: nil leaves out what goes on with the time.
  private func write(_ row: DeskReader.Row, _ day: [DeskReader.Point], at now: Instant?, to json: inout JSONText) {
    let newest = row.newest
    json.object { json in
      json.member("signal", row.signal.name)
      json.member("unit", row.signal.unit.description)
      json.member("state", row.state?.rawValue)
      json.member("reason", row.reason)
      json.member("estimate", row.isEstimate)
      json.member("revised", newest?.replaced != nil)
      json.member("time", newest?.point.time)
      json.settlement(of: newest?.point.time, row.signal, in: london)
      json.member("value", newest?.point.value)
      json.member("observed_at", newest?.observedAt)
      json.member("change", newest?.change)
      json.member("previous_time", newest?.previous?.time)
      json.member("previous_value", newest?.previous?.value)
      json.member("replaced_value", newest?.replaced?.value)
      json.member("replaced_observed_at", newest?.replaced?.observedAt)
      json.member("next_time", row.next?.time)
      json.member("next_value", row.next?.value)
      json.member("feed", row.feed)
      json.member("metadata", json: newest?.metadata)
      if now != nil {
        json.member("age", newest?.age)
        json.member("due_at", row.dueAt)
        json.member("asked_at", row.askedAt)
        json.member("last_day") { json in
          json.array(day) { json, point in
            json.object {
              $0.member("time", point.time)
              $0.member("value", point.value)
            }
          }
        }
      }
    }
  }
}

extension SignalTable {
  /// - Throws: `UnknownSignal`.
  fileprivate func ids(of names: [String]) throws -> [Int32] { try names.map { try signal(named: $0).id } }
}
