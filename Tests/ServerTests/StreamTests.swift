import Foundation
import Market
import Postgres
import Store
import Support
import Testing

@testable import Server

@Suite(.timeLimit(.minutes(5))) struct `The stream` {
  private func value(_ event: ServerEvent?) -> Double? { event?.json["value"] as? Double }

  /// Those up to the one with this value, and with it.
  private func until(_ number: Double, _ reader: EventReader) async -> [ServerEvent] {
    var seen: [ServerEvent] = []
    while value(seen.last) != number, let event = await reader.next() { seen.append(event) }
    return seen
  }

  @Test func `A new value and a revision are told apart, at their commit, with what was before`() async throws {
    try await RunningAPI.with { api async throws in
      let reader = try EventReader(port: api.port)
      let hello = try #require(await reader.next())
      #expect(hello.name == "hello" && hello.json["simulated"] as? Bool == false)
      #expect(hello.json["heartbeat"] as? Int == 15)
      try await api.load([("2026-03-29T00:30:00Z", 80)], observedAt: "2026-03-29T01:00:00Z")
      let first = try #require(await reader.until("value").last)
      #expect(first.time == "2026-03-29T00:30:00Z" && value(first) == 80)
      #expect(first.json["signal"] as? String == "imbalance_price" && first.json["unit"] as? String == "£/MWh")
      #expect(first.json["settlement_date"] as? String == "2026-03-29" && first.json["settlement_period"] as? Int == 2)
      #expect(first.json["previous_value"] is NSNull && first.json["current"] as? Bool == true)
      #expect(first.json["source"] as? String == "collect test" && first.json["kind"] as? String == "live")
      try await api.load(
        [("2026-03-29T00:30:00Z", 75), ("2026-03-29T01:00:00Z", 70)], observedAt: "2026-03-29T02:00:00Z",
        source: "backfill test")
      let both = await reader.next(2)
      try #require(both.map(\.name) == ["revision", "value"] && both.map { value($0) } == [75, 70])
      #expect(both[0].json["previous_value"] as? Double == 80)
      #expect(both[0].json["previous_observed_at"] as? String == "2026-03-29T01:00:00Z")
      #expect(both[0].json["observed_at"] as? String == "2026-03-29T02:00:00Z")
      #expect(both[0].json["kind"] as? String == "backfill")
      // What was observed before and came late replaces nothing.
      try await api.load([("2026-03-29T00:30:00Z", 78)], observedAt: "2026-03-29T01:30:00Z")
      let late = try #require(await reader.next())
      #expect(late.name == "revision" && value(late) == 78 && late.json["current"] as? Bool == false)
    }
  }

  @Test func `What was read of the newest values serves others until something is committed`() async throws {
    try await RunningAPI.with({ $0.limits.latestKept = .seconds(3_600) }) { api async throws in
      let reader = try EventReader(port: api.port)
      #expect(await reader.next()?.name == "hello")
      let (first, again) = (try await api.get("/v1/latest"), try await api.get("/v1/latest"))
      #expect(first.status == 200 && again.body == first.body)
      #expect(try await api.get("/v1/latest?signal=nothing_of_ours").status == 404)
      try await api.load([("2026-03-29T00:30:00Z", 80)], observedAt: "2026-03-29T01:00:00Z")
      #expect(value(await reader.until("value").last) == 80)
      let later = try await api.get("/v1/latest?signal=imbalance_price")
      #expect(later.objects("signals").first?["value"] as? Double == 80)
      #expect(try await api.get("/v1/latest").json["as_of"] as? String != first.json["as_of"] as? String)
    }
  }

  @Test func `More than 100 values of a load are one event with signal and range`() async throws {
    try await RunningAPI.with { api async throws in
      let reader = try EventReader(port: api.port)
      let chosen = try EventReader(port: api.port, "?signal=wholesale_price")
      for reader in [reader, chosen] { #expect(await reader.next()?.name == "hello") }
      try await api.load(
        RunningAPI.halfHours(101, from: "2026-01-01T00:00:00Z") { Float($0) }, observedAt: "2026-01-04T00:00:00Z")
      try await api.load(
        RunningAPI.halfHours(100, from: "2026-01-01T00:00:00Z") { Float($0) }, signal: 2,
        observedAt: "2026-01-04T00:00:00Z")
      let event = try #require(await reader.until("reload").last)
      #expect(event.json["signal"] as? String == "imbalance_price" && event.json["inserted"] as? Int == 101)
      #expect(event.json["from"] as? String == "2026-01-01T00:00:00Z")
      #expect(event.json["to"] as? String == "2026-01-03T02:00:00.000001Z")
      let each = await reader.next(100)
      #expect(each.allSatisfy { $0.name == "value" && $0.json["signal"] as? String == "wholesale_price" })
      // Who asked for one signal hears of no other, and its place moves on all the same.
      let own = await chosen.next(100)
      #expect(own.allSatisfy { $0.json["signal"] as? String == "wholesale_price" } && own.last?.id == each.last?.id)
    }
  }

  @Test func `Nothing is missed on resuming while another transaction holds a write open`() async throws {
    try await RunningAPI.with { api async throws in
      let settings = try api.database.settings
      let reader = try EventReader(port: api.port)
      #expect(await reader.next()?.name == "hello")
      try await Connection.with(settings) { slow async throws in
        // With TimescaleDB whoever makes the year's chunk keeps others from it until its commit; no load tells of this.
        try await slow.execute("INSERT INTO flux.market_data (\"time\", type, value) VALUES ('2026-01-01Z', 105, 0)")
        // It has its place in the feed already, and commits last.
        try await slow.execute("BEGIN")
        try await slow.execute(
          """
          SELECT flux.insert_market_data_batch(ARRAY[('2026-03-29 00:00Z', 2, 50)]::flux.market_data_input[],
            '2026-03-29 01:00Z')
          """)
        var ids: [String?] = []
        for number in 1...3 {
          try await api.load([("2026-03-29T0\(number):00:00Z", Float(number))], observedAt: "2026-03-29T05:00:00Z")
          let event = try #require(await reader.until("value").last)
          #expect(value(event) == Double(number))
          ids.append(event.id)
        }
        // None of the ids may stand behind the one that is still open.
        reader.hangUp()
        try await slow.execute("COMMIT")
        let again = try EventReader(port: api.port, after: try #require(ids.last ?? nil))
        #expect(await again.next()?.name == "hello")
        var seen: Set<Double> = []
        while seen.count < 4, let event = await again.next() { if let value = value(event) { seen.insert(value) } }
        #expect(seen == [1, 2, 3, 50])
        // And so on, from any id.
        try await api.load([("2026-03-29T04:00:00Z", 4)], observedAt: "2026-03-29T05:00:00Z")
        let last = await until(4, again).last
        let third = try EventReader(port: api.port, after: try #require(last?.id))
        #expect(await third.next()?.name == "hello")
        try await api.load([("2026-03-29T04:30:00Z", 5)], observedAt: "2026-03-29T05:00:00Z")
        #expect(await until(5, third).last.map { value($0) } == 5)
      }
    }
  }

  @Test func `Who was away is told what was stored meanwhile, or to begin anew`() async throws {
    try await RunningAPI.with { api async throws in
      try await api.load([("2026-03-29T00:00:00Z", 1)], observedAt: "2026-03-29T01:00:00Z")
      let reader = try EventReader(port: api.port)
      // The first event's id is where everything so far was told.
      let hello = try #require(await reader.until("hello").last)
      reader.hangUp()
      for number in 2...4 {
        try await api.load([("2026-03-29T00:00:00Z", Float(number))], observedAt: "2026-03-29T0\(number):00:00Z")
      }
      let place: String = try #require(hello.id)
      let again = try EventReader(port: api.port, after: place)
      let missed = await until(4, again)
      // What was seen may come again: other databases of this server write, too, and nothing is settled before them.
      #expect(missed.first?.name == "hello" && missed.suffix(3).map { value($0) } == [2, 3, 4])
      #expect(missed.suffix(3).allSatisfy { $0.name == "revision" })
      for id in ["nonsense", Cursor(Update.Place(transaction: 9_999_999, id: 77)).description] {
        let lost = try EventReader(port: api.port, after: id)
        let told = await lost.next(2)
        try #require(told.map(\.name) == ["hello", "resync"])
        #expect(told[1].json["reason"] is String)
        // From here on it is told as everybody is.
        #expect(told[1].id != nil)
      }
      // Too much to be told one by one.
      try await api.execute(
        """
        INSERT INTO flux_ops.load (observed_at, source, types, first_times, last_times, received, inserted, revised)
        SELECT now(), 'test', '{3}', ARRAY[now()], ARRAY[now()], '{1}', '{1}', '{0}' FROM generate_series(1, 1001)
        """)
      let late = try EventReader(port: api.port, after: try #require(missed.last?.id))
      #expect(await late.next(2).map(\.name) == ["hello", "resync"])
    }
  }

  @Test func `A database that is lost and back is told, and what was committed meanwhile follows`() async throws {
    let (pauses, go) = AsyncStream.makeStream(of: Void.self)
    let sleep: @Sendable (Duration) async throws -> Void = { duration in
      guard duration < .seconds(15) else { return try await Task.sleep(for: .seconds(3_600)) }
      for await _ in pauses { return }
      throw CancellationError()
    }
    try await RunningAPI.with(sleep: sleep) { api async throws in
      let reader = try EventReader(port: api.port)
      #expect(await reader.next()?.name == "hello")
      try await api.load([("2026-03-29T00:00:00Z", 1)], observedAt: "2026-03-29T01:00:00Z")
      _ = await reader.until("value")
      try await api.execute(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        """)
      let away = try #require(await reader.until("database").last)
      #expect(away.json["state"] as? String == "away" && away.json["reason"] is String)
      let status = try await api.get("/v1/status")
      #expect((status.json["stream"] as? [String: Any])?["listening"] as? Bool == false)
      // Who comes now is told, too.
      let second = try EventReader(port: api.port)
      #expect(await second.next(2).map(\.name) == ["hello", "database"])
      try await api.load([("2026-03-29T00:30:00Z", 2)], observedAt: "2026-03-29T01:00:00Z")
      go.yield()
      let back = try #require(await reader.until("database").last)
      #expect(back.json["state"] as? String == "back" && back.json["as_of"] is String)
      #expect(value(await reader.until("value").last) == 2)
    }
  }

  @Test func `A reader that does not keep up is hung up on, and the others go on`() async throws {
    try await RunningAPI.with({ $0.limits.streamBacklog = 2 }) { api async throws in
      let slow = try HTTPClient(port: api.port)
      slow.send("GET /v1/stream HTTP/1.1\r\nHost: h\r\n\r\n")
      let good = try EventReader(port: api.port)
      #expect(await good.next()?.name == "hello")
      while api.server.streams.open < 2 { try await Task.sleep(for: .milliseconds(1)) }
      let large = LiveEvent("value") { $0.member("filler", String(repeating: "x", count: 200_000)) }
      var told = 0
      while api.server.streams.dropped == 0, told < 1_000 {
        api.server.live.readers.tell(LiveBatch([large]))
        told += 1
        // The good one has read it before the next is told.
        #expect(await good.next()?.name == "value")
      }
      #expect(api.server.streams.dropped == 1 && api.server.streams.open == 1)
      // All that is held for it is what its socket holds; then it ends.
      let received = await slow.onThread { client in
        var count = 0
        while case let piece = client.read(), !piece.isEmpty { count += piece.count }
        return count
      }
      #expect(received < told * 200_000)
    }
  }

  @Test func `Heartbeats come while nothing happens, and no more streams than there are seats`() async throws {
    let (beats, beat) = AsyncStream.makeStream(of: Void.self)
    try await RunningAPI.with({ $0.limits.streams = 1 }, sleep: { _ in
      for await _ in beats { return }
      throw CancellationError()
    }) { api async throws in
      let reader = try EventReader(port: api.port)
      #expect(await reader.until("hello").count == 1)
      beat.yield()
      #expect(await reader.next()?.name == ":")
      let refused = try await api.get("/v1/stream")
      #expect(refused.status == 503 && refused.json["code"] as? String == "too_many_streams")
      #expect(refused.headers["retry-after"] != nil)
      #expect(try await api.get("/v1/stream", method: "HEAD").status == 200)
      reader.hangUp()
      while api.server.streams.open > 0 {
        beat.yield()
        try await Task.sleep(for: .milliseconds(1))
      }
      #expect(await (try EventReader(port: api.port)).next()?.name == "hello")
      beat.finish()
    }
  }
}
