import Foundation
import Market
import Postgres
import Store
import Support
import Testing

@testable import Server

@Suite(.timeLimit(.minutes(5))) struct `The API` {
  @Test func `The newest values say how old they are, and an unchanged answer is not sent again`() async throws {
    try await RunningAPI.with { api async throws in
      let signals = try await api.get("/v1/signals")
      #expect(signals.status == 200 && signals.objects("signals").count == Signal.standard.count)
      #expect(signals.objects("signals").allSatisfy { $0["newest_time"] is NSNull && $0["age"] is NSNull })
      try await api.load(
        [("2026-03-29T00:00:00Z", 80), ("2026-03-29T00:30:00Z", 84.5)], observedAt: "2026-03-29T01:00:00Z")
      let latest = try await api.get("/v1/latest?signal=imbalance_price&signal=niv_settled")
      let rows = latest.objects("signals")
      try #require(latest.status == 200 && rows.map { $0["signal"] as? String } == ["imbalance_price", "niv_settled"])
      #expect(rows[0]["value"] as? Double == 84.5 && rows[0]["change"] as? Double == 4.5)
      #expect(rows[0]["settlement_date"] as? String == "2026-03-29" && rows[0]["settlement_period"] as? Int == 2)
      #expect((rows[0]["age"] as? Double ?? 0) > 0)
      #expect(rows[1]["value"] is NSNull && rows[1]["age"] is NSNull && rows[1]["state"] as? String == "none")
      #expect(rows[1]["reason"] is String)
      let tag = try #require(latest.headers["etag"])
      let path = "/v1/latest?signal=imbalance_price&signal=niv_settled"
      let again = try await api.get(path, "If-None-Match: \"x\", \(tag)")
      #expect(again.status == 304 && again.body.isEmpty && again.headers["etag"] == tag)
      try await api.load([("2026-03-29T00:30:00Z", 85)], observedAt: "2026-03-29T02:00:00Z")
      let changed = try await api.get(path, "If-None-Match: \(tag)")
      #expect(changed.status == 200 && changed.objects("signals").first?["replaced_value"] as? Double == 84.5)
    }
  }

  @Test func `Pages follow one another until all was read, values and revisions alike`() async throws {
    try await RunningAPI.with { api async throws in
      for round in 1...3 {
        try await api.load(
          RunningAPI.halfHours(20, from: "2026-03-29T00:00:00Z") { Float($0 * (($0 % round) + 1)) },
          observedAt: "2026-04-0\(round)T00:00:00Z")
      }
      let range = "/v1/observations?signal=imbalance_price&from=2026-03-29T00:00:00Z&to=2026-03-29T10:00:00Z"
      for view in ["", "&revisions=true", "&as_of=2026-04-01T12:00:00Z", "&revisions=true&as_of=2026-04-02T12:00:00Z"] {
        let whole = try await api.get(range + view)
        #expect(whole.json["limited"] as? Bool == false && whole.json["next_cursor"] is NSNull, "\(view)")
        var (pieces, cursor): ([[String: Any]], String?) = ([], nil)
        repeat {
          let page = try await api.get(range + view + "&limit=7" + (cursor.map { "&cursor=\($0)" } ?? ""))
          let rows = page.objects("observations")
          #expect(rows.count <= 7 && page.json["points"] as? Int == rows.count)
          pieces += rows
          cursor = page.json["next_cursor"] as? String
          #expect(page.json["limited"] as? Bool == (cursor != nil))
        } while cursor != nil
        let all = whole.objects("observations")
        #expect(all.count >= 20 && NSArray(array: pieces) == NSArray(array: all), "\(view)")
      }
      let current = try await api.get(range + "&limit=1")
      let revised = try await api.get(range + "&revisions=true&limit=1")
      #expect(current.objects("observations").first?["revision"] == nil)
      #expect(revised.objects("observations").first?["revision"] as? Int == 1)
      // A cursor goes on with its own question alone.
      let cursor = try #require(current.json["next_cursor"] as? String)
      let other = try await api.get(range + "&revisions=true&cursor=\(cursor)")
      #expect(other.status == 404 && other.json["code"] as? String == "unknown_cursor")
    }
  }

  @Test func `CSV has the lines that history prints, and what it was known by in its header`() async throws {
    try await RunningAPI.with { api async throws in
      try await api.load([("2026-03-29T00:30:00Z", 80), ("2026-03-29T01:00:00Z", 0.1)], observedAt: "2026-03-29T02:00:00Z")
      try await api.load([("2026-03-29T00:30:00Z", 75)], observedAt: "2026-03-29T03:00:00Z")
      let path = "/v1/observations?signal=imbalance_price&from=2026-03-29&to=2026-03-29&format=csv"
      let reply = try await api.get(path)
      #expect(
        reply.text == """
          time,date,period,signal,value,unit,observed_at,metadata
          2026-03-29T00:30:00Z,2026-03-29,2,imbalance_price,75,£/MWh,2026-03-29T03:00:00Z,
          2026-03-29T01:00:00Z,2026-03-29,3,imbalance_price,0.1,£/MWh,2026-03-29T02:00:00Z,

          """)
      #expect(reply.headers["content-type"] == "text/csv; charset=utf-8" && reply.isWhole)
      #expect(reply.headers["flux-newest-time"] == "2026-03-29T01:00:00Z" && reply.headers["flux-complete"] == "unknown")
      #expect(Instant(reply.headers["flux-as-of"] ?? "") != nil && reply.headers["flux-age"].flatMap { Int($0) } ?? 0 > 0)
      let head = try await api.get(path, method: "HEAD")
      #expect(head.status == 200 && head.body.isEmpty && head.headers["flux-complete"] == "unknown")
      let revisions = try await api.get(path + "&revisions=true&as_of=2026-03-29T02:30:00Z")
      #expect(
        revisions.text.split(separator: "\n").last
          == "2026-03-29T01:00:00Z,2026-03-29,3,imbalance_price,1,0.1,£/MWh,2026-03-29T02:00:00Z,,,")
    }
  }

  @Test func `A thinned range keeps the least and the greatest of each stretch, and says so`() async throws {
    try await RunningAPI.with { api async throws in
      let values = try RunningAPI.halfHours(1_000, from: "2026-01-01T00:00:00Z") { Float(($0 * 7_919) % 1_009) }
      try await api.load(values, observedAt: "2026-03-01T00:00:00Z")
      let path = "/v1/observations?signal=imbalance_price&from=0001-01-01&to=9999-12-31&max_points="
      let thinned = try await api.get(path + "100")
      let rows = thinned.objects("observations").compactMap { $0["value"] as? Double }.map(Float.init)
      #expect(thinned.json["thinned"] as? Bool == true && thinned.json["points_of"] as? Int == 1_000)
      #expect(thinned.json["points"] as? Int == rows.count && rows.count <= 100 && rows.count > 90)
      #expect(thinned.json["limited"] as? Bool == false)
      // Fifty stretches of the time between the first and the last: 19.98 half hours each.
      for stretch in 0..<50 {
        let part = values.indices.filter { $0 * 50 / 999 == stretch || stretch == 49 && $0 == 999 }.map { values[$0].value }
        let (least, greatest) = (try #require(part.min()), try #require(part.max()))
        #expect(rows.contains(least) && rows.contains(greatest))
      }
      let times = thinned.objects("observations").compactMap { $0["time"] as? String }
      #expect(times == times.sorted() && times.allSatisfy { time in values.contains { $0.time == time } })
      let few = try await api.get(path + "1000")
      #expect(few.json["thinned"] as? Bool == false && few.json["points"] as? Int == 1_000)
    }
  }

  @Test func `What is missing is told, and complete is true only where it is known`() async throws {
    try await RunningAPI.with { api async throws in
      let path = "?signal=imbalance_price&from=2026-01-01T00:00:00Z&to=2026-01-01T05:00:00Z"
      try await api.load(
        RunningAPI.halfHours(4, from: "2026-01-01T00:00:00Z") { Float($0) }
          + RunningAPI.halfHours(4, from: "2026-01-01T03:00:00Z") { Float($0) }, observedAt: "2026-01-02T00:00:00Z")
      let unknown = try await api.get("/v1/observations" + path)
      #expect(unknown.json["complete"] is NSNull && unknown.json["missing"] is NSNull)
      #expect(unknown.json["complete_reason"] is String)
      let pace = FeedSignal.Pace(publishedAfter: .minutes(75), askedEvery: .minutes(30))
      let supply = FeedSignal(feed: "f", signal: 3, first: nil, end: nil, pace: pace)
      try await Connection.with(try api.database.settings) {
        try await FeedSignal.record([supply], of: ["f"], through: $0)
      }
      for answer in ["observations", "revisions"] {
        let known = try await api.get("/v1/\(answer)" + path)
        #expect(known.json["complete"] as? Bool == false, "\(answer)")
        let missing = try #require(known.objects("missing").first)
        #expect(missing["from"] as? String == "2026-01-01T02:00:00Z" && missing["half_hours"] as? Int == 2)
        #expect(missing["kind"] as? String == "never fetched")
      }
      let gaps = try await api.get("/v1/gaps" + path)
      #expect(gaps.objects("gaps").count == 1 && gaps.objects("gaps").first?["open"] as? Bool == true)
      #expect(gaps.objects("gaps").first?["settlement_period"] as? Int == 5)
      let all = try await api.get("/v1/gaps?limit=1")
      #expect(all.objects("signals").count == Signal.standard.count && all.json["limited"] as? Bool == true)
      let next = try await api.get("/v1/gaps?limit=1&cursor=\(all.json["next_cursor"] as? String ?? "")")
      #expect(next.objects("gaps").count == 1 && next.objects("gaps").first?["from"] as? String == "2026-01-01T05:00:00Z")
      let past = try await api.get("/v1/observations" + path + "&as_of=2026-01-03T00:00:00Z")
      #expect(past.json["complete"] is NSNull && past.json["as_of"] as? String == "2026-01-03T00:00:00Z")
      let whole = try await api.get("/v1/observations?signal=imbalance_price&from=2026-01-01T03:00:00Z&to=2026-01-01T04:00:00Z")
      #expect(whole.json["complete"] as? Bool == true && whole.objects("missing").isEmpty)
    }
  }

  @Test func `What was loaded is told in order, with what of it changed the past`() async throws {
    try await RunningAPI.with { api async throws in
      #expect(try await api.get("/v1/updates").json["next_cursor"] is NSNull)
      try await api.load([("2026-03-29T00:00:00Z", 1)], observedAt: "2026-03-29T01:00:00Z")
      try await api.load(
        [("2026-03-29T00:00:00Z", 2), ("2026-03-29T00:30:00Z", 3)], observedAt: "2026-03-29T02:00:00Z",
        source: "backfill test")
      try await api.load(
        RunningAPI.halfHours(2_001, from: "2025-01-01T00:00:00Z") { Float($0) }, observedAt: "2026-03-29T02:00:00Z",
        source: "import prices.csv")
      let reply = try await api.get("/v1/updates")
      let updates = reply.objects("updates")
      try #require(updates.map { $0["kind"] as? String } == ["live", "backfill", "import"])
      #expect(updates.map { $0["inserted"] as? Int } == [1, 2, 2_001])
      #expect(updates.map { $0["revised"] as? Int } == [0, 1, 0])
      let part = try #require((updates[1]["signals"] as? [[String: Any]])?.first)
      #expect(part["last_time"] as? String == "2026-03-29T00:30:00Z" && part["revised"] as? Int == 1)
      let first = try await api.get("/v1/updates?limit=1&cursor=\(Cursor(.start))")
      #expect(first.json["limited"] as? Bool == true && first.objects("updates").count == 1)
      let rest = try await api.get("/v1/updates?cursor=\(first.json["next_cursor"] as? String ?? "")")
      // Rows may come again while another transaction of the server is open; none is left out.
      #expect(rest.objects("updates").map { $0["kind"] as? String }.suffix(2) == ["backfill", "import"])
      let end = try await api.get("/v1/updates?cursor=\(rest.json["next_cursor"] as? String ?? "")")
      #expect(end.objects("updates").allSatisfy { ($0["id"] as? Int ?? 0) > 0 } && end.json["next_cursor"] is String)
      let foreign = Cursor(Update.Place(transaction: 1, id: 1)).description
      #expect(try await api.get("/v1/updates?cursor=\(foreign)").status == 404)
    }
  }

  @Test func `Devices and their readings, each and by half hours`() async throws {
    try await RunningAPI.with { api async throws in
      let (meter, battery) = ("123e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174001")
      try await api.execute(
        """
        INSERT INTO flux.mg_device_registry (id, name, type, site, metadata)
        VALUES ('\(meter)', 'm', 'meter', 'WLCE', '{"max_power": 100}');
        INSERT INTO flux.mg_meter_readings ("time", device_id, power_total_active, energy_imported_active)
        SELECT t, '\(meter)', 40, extract(epoch FROM t - '2026-03-29Z') / 90
        FROM generate_series('2026-03-29Z'::timestamptz, '2026-03-29 02:00Z', interval '1 minute') t;
        INSERT INTO flux.mg_bess_readings ("time", device_id, soe, target_power) VALUES
          ('2026-03-29Z', '\(battery)', 50.5, 'NaN'), ('2026-03-29 00:10Z', '\(battery)', 51.5, 20)
        """)
      let devices = try await api.get("/v1/devices").objects("devices")
      #expect(devices.map { $0["reads"] as? [String] } == [["meter"]])
      #expect(devices.map { $0["newest_time"] as? String } == ["2026-03-29T02:00:00Z"])
      let range = "&from=2026-03-29T00:00:00Z&to=2026-03-29T02:00:00Z"
      let halfHours = try await api.get("/v1/readings?device=\(meter)&every=30m" + range).objects("readings")
      #expect(halfHours.count == 4 && halfHours.allSatisfy { $0["power_total_active_avg"] as? Double == 40 })
      #expect(halfHours.allSatisfy { abs(($0["energy_imported_active_delta"] as? Double ?? 0) - 20) < 0.01 })
      #expect(try await api.get("/v1/readings?device=\(meter)&every=5m" + range).objects("readings").count == 24)
      let page = try await api.get("/v1/readings?device=\(meter)&limit=100" + range)
      let cursor = try #require(page.json["next_cursor"] as? String)
      let rest = try await api.get("/v1/readings?device=\(meter)&limit=100&cursor=\(cursor)" + range)
      #expect(page.objects("readings").count == 100 && rest.objects("readings").count == 20)
      // One that is not registered is served all the same; what is no number is none.
      let csv = try await api.get("/v1/readings?device=\(battery.uppercased())&format=csv" + range)
      #expect(
        csv.text == """
          time,soe,target_power,available_inverter_blocks,command_source
          2026-03-29T00:00:00Z,50.5,,,
          2026-03-29T00:10:00Z,51.5,20,,

          """)
      let mean = try await api.get("/v1/readings?device=\(battery)&every=30m" + range)
      #expect(mean.objects("readings").first?["soe_avg"] as? Double == 51 && mean.json["reads"] as? String == "battery")
      let nobody = try await api.get("/v1/readings?device=00000000-0000-0000-0000-000000000000" + range)
      #expect(nobody.status == 404 && nobody.json["code"] as? String == "unknown_device")
    }
  }
}
