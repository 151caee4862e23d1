import Hummingbird
import Market
import Postgres
import Store

extension API {
  /// `/v1/updates`
  func updates(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = try Query(request, ["limit", "cursor"], london: london)
    let limit = try query.number("limit", in: 1...1_000) ?? 100
    let cursor = try query.cursor(of: Cursor.updates)
    let (page, table, newest, now) = try await pool.lend { connection in
      let reader = UpdateReader(connection: connection)
      var read: [Update]
      if let cursor {
        if cursor.place != .start {
          guard try await reader.exists(cursor.place) else { throw Query.unknownCursor }
        }
        read = try await reader.updates(after: cursor.place, limit: limit + 1)
      } else {
        read = try await reader.newest(limit)
      }
      return (
        read, try await SignalTable.read(through: connection), try await reader.newest(1).last,
        try await connection.now()
      )
    }
    let isLimited = cursor != nil && page.count > limit
    let shown = isLimited ? Array(page.prefix(limit)) : page
    // Behind the last before which nothing can still appear; where none of these is, one stays where one was.
    let next =
      shown.last(where: \.isSettled).map { Cursor($0.place) } ?? cursor ?? (newest == nil ? nil : Cursor(.start))
    return document { json in
      json.member("as_of", now)
      json.member("newest_stored_at", newest?.storedAt)
      json.member("age", newest.map { now.since($0.storedAt) })
      json.member("updates") { json in
        json.array(shown) { json, update in write(update, table, to: &json) }
      }
      json.member("limited", isLimited)
      json.member("next_cursor", next?.description)
    }
  }

  private func write(_ update: Update, _ table: SignalTable, to json: inout JSONText) {
    json.object { json in
      json.member("id", Int(update.place.id))
      json.member("settled", update.isSettled)
      json.member("stored_at", update.storedAt)
      json.member("observed_at", update.observedAt)
      json.member("source", update.source)
      json.member("kind", update.kind.rawValue)
      json.member("received", update.parts.reduce(0) { $0 + $1.received })
      json.member("inserted", update.inserted)
      json.member("revised", update.revised)
      json.member("signals") { json in
        json.array(update.parts) { json, part in
          json.object { json in
            json.member("signal", table.signals.first { $0.id == part.signal }?.name)
            json.member("first_time", part.first)
            json.member("last_time", part.last)
            json.member("received", part.received)
            json.member("inserted", part.inserted)
            json.member("revised", part.revised)
          }
        }
      }
    }
  }
}
