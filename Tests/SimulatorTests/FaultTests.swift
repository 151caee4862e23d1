import Foundation
import FoundationNetworking
import Market
import Simulator
import Testing

private let day = "/elexon/bmrs/api/v1/balancing/settlement/system-prices/2026-06-15"

@Suite struct `Simulated faults` {
  /// What a day of system prices becomes.
  private func answer(_ specification: String, path: String = day) async throws -> Client.Answer {
    let faults = try FaultPlan(specification: specification)
    return try await simulating(at: "2026-11-24T12:00:00Z", { $0.faults = faults }) { try await $0.get(path) }
  }

  @Test func `A reply is replaced, cut or called something else`() async throws {
    let whole = try await answer("html:0")
    let page = try await answer("html")
    #expect(page.status == 200 && page.headers["content-type"] == "text/html" && page.text.hasPrefix("<!doctype html>"))
    #expect(try await answer("empty").body.isEmpty)
    #expect(try await answer("truncated").body == whole.body.prefix(whole.body.count / 2))
    let picture = try await answer("type")
    #expect(picture.headers["content-type"] == "image/png" && picture.body == whole.body)
    #expect(try await answer("slow=100ms").body == whole.body)
  }

  @Test func `A status comes with the pause that it asks for, in seconds or as a date`() async throws {
    #expect(try await answer("status=503").status == 503)
    let seconds = try await answer("status=429+17s")
    #expect(seconds.status == 429 && seconds.headers["retry-after"] == "17")
    let date = try await answer("status=429~90s").headers
    let form = DateFormatter()
    form.locale = Locale(identifier: "en_US_POSIX")
    form.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    form.timeZone = TimeZone(identifier: "UTC")
    let until = try #require(form.date(from: date["retry-after"] ?? ""))
    let pause = until.timeIntervalSince(try #require(form.date(from: date["date"] ?? "")))
    #expect((89...92).contains(pause))
  }

  @Test(arguments: [
    ("text", "is a text"), ("huge", "1e39"), ("null", "null"), ("period=51", "51"), ("period=0", "0"),
    ("disagree", "49"), ("unknown", "24 fields"), ("gone", "21 fields"), ("day", "2025-06-16"),
  ])
  func `A record is damaged, and its neighbours stay`(fault: String, shown: String) async throws {
    let good = try await answer("html:0").rows()
    let rows = try await answer(fault).rows()
    let before = good.map { NSDictionary(dictionary: $0) }
    let changed = rows.filter { !before.contains(NSDictionary(dictionary: $0)) }
    let seen: [String]
    switch fault {
    case "text": seen = changed.map { $0["systemSellPrice"] is String ? "is a text" : "" }
    case "huge": seen = changed.map { ($0["systemSellPrice"] as? Double) == 1e39 ? "1e39" : "" }
    case "null": seen = changed.map { $0["systemSellPrice"] is NSNull ? "null" : "" }
    case "disagree": seen = changed.map { _ in "\(rows.count)" }
    case "unknown", "gone": seen = changed.map { "\($0.count) fields" }
    case "day": seen = changed.map { "\($0["settlementDate"] ?? "")" }
    default: seen = changed.map { "\($0["settlementPeriod"] ?? "")" }
    }
    #expect(Set(seen) == [shown])
    #expect(changed.count == (["unknown", "gone", "day"].contains(fault) ? 48 : 1))
  }

  @Test func `Period 47 is wrong on a short day alone; NaN is no JSON`() async throws {
    let whole = try await answer("html:0")
    #expect(try await answer("period=47").body == whole.body)
    let short = try await answer("period=47", path: String(day.dropLast(10)) + "2026-03-29").rows()
    #expect(short.contains { $0["settlementPeriod"] as? Int == 47 } && short.count == 46)
    #expect(try await answer("nan").text.contains(#""systemSellPrice":NaN"#))
  }

  @Test func `A stale reply lacks what has come out since`() async throws {
    let today = String(day.dropLast(10)) + "2026-11-24"
    #expect(try await answer("html:0", path: today).rows().count == 23)
    #expect(try await answer("stale=1h", path: today).rows().count == 21)
  }

  @Test func `A connection is cut, with nothing said or in mid-body, and the next request is answered`() async throws {
    for fault in ["outage", "reset"] {
      let faults = try FaultPlan(specification: "\(fault)@elexon")
      try await simulating(at: "2026-11-24T12:00:00Z", { $0.faults = faults }) { client async throws in
        await #expect(throws: URLError.self) { try await client.get(day) }
        #expect(try await client.get("/modo/pub/v1/gb/modo/markets/niv-live").status == 200)
      }
    }
  }

  @Test func `A request is left hanging until its client gives up`() async throws {
    let faults = try FaultPlan(specification: "hang")
    try await simulating(at: "2026-11-24T12:00:00Z", { $0.faults = faults }) { client in
      let url = try #require(URL(string: "http://127.0.0.1:\(client.port)\(day)"))
      let patience = URLSessionConfiguration.ephemeral
      patience.timeoutIntervalForRequest = 1
      let session = URLSession(configuration: patience)
      let error = await #expect(throws: URLError.self) {
        try await session.data(from: url)
      }
      #expect(error?.code == .timedOut)
    }
  }

  @Test func `Chance follows from the seed and the request's number alone`() async throws {
    let faults = try FaultPlan(specification: "status=500:0.3")
    func statuses(seed: UInt64) async throws -> [Int] {
      try await simulating(at: "2026-11-24T12:00:00Z", {
        $0.faults = faults
        $0.seed = seed
      }) { client in
        var statuses: [Int] = []
        for _ in 0..<40 { statuses.append(try await client.get(day).status) }
        return statuses
      }
    }
    let first = try await statuses(seed: 7)
    #expect(try await statuses(seed: 7) == first)
    #expect(try await statuses(seed: 8) != first)
    #expect((4...20).contains(first.count { $0 == 500 }))
  }

  @Test func `A rule holds for its host, its path and its time`() async throws {
    let clock = StoppedClock(try #require(Instant("2026-11-24T12:00:00Z")))
    let faults = try FaultPlan(
      specification: "status=500@modo/gb/modo/markets/niv-live:60s-90s, status=404@elexon:20261124T120200Z-")
    try await simulating(at: "2026-11-24T12:00:00Z", {
      $0.faults = faults
      $0.now = { clock.now }
    }) { client async throws in
      func statuses() async throws -> [Int] {
        var statuses: [Int] = []
        for path in ["/modo/pub/v1/gb/modo/markets/niv-live", "/modo/pub/v1/gb/modo/markets/system-price-live", day] {
          statuses.append(try await client.get(path).status)
        }
        return statuses
      }
      #expect(try await statuses() == [200, 200, 200])
      clock.advance(by: .seconds(60))
      #expect(try await statuses() == [500, 200, 200])
      clock.advance(by: .seconds(30))
      #expect(try await statuses() == [200, 200, 200])
      clock.advance(by: .seconds(30))
      #expect(try await statuses() == [200, 200, 404])
    }
  }

  @Test(arguments: [
    ("htlm", "in the fault \"htlm\": \"htlm\" is no fault; there are outage"),
    ("html,,empty", "there is nothing between two commas"), ("html:1.5", "\"1.5\" is neither a probability"),
    ("html@neso", "\"neso\" is no host; there are elexon, elexon-portal, modo, axle"),
    ("slow=soon", "\"slow\" is written slow=3s, not \"soon\" behind the ="),
    ("status=99", "\"status\" is written status=503"), ("outage:90-60s", "\"90-60s\" is no span of time"),
    ("html=1", "\"html\" takes no argument"), ("period", "\"period\" is written period=51"),
  ])
  func `A rule that cannot be read is named with its wrong part`(specification: String, words: String) {
    let mistake = #expect(throws: FaultMistake.self) { try FaultPlan(specification: specification) }
    #expect(mistake?.description.contains(words) == true, "\(String(describing: mistake))")
  }
}

@Suite struct `The simulator's ledger` {
  private func entries(_ fault: String, _ paths: [String]) async throws -> [Ledger.Entry] {
    let ledger = Ledger()
    let faults = try FaultPlan(specification: fault)
    try await simulating(at: "2026-11-24T12:00:00Z", {
      $0.ledger = ledger
      $0.faults = faults
    }) { client in
      for path in paths { _ = try? await client.get(path) }
    }
    return ledger.entries
  }

  @Test func `Every value that was sent is noted as it was sent`() async throws {
    let entry = try #require(try await entries("html:0", [day]).first)
    #expect(entry.request == 1 && entry.host == .elexon && entry.path == day && entry.status == 200)
    #expect(entry.fault == nil && !entry.isLimited && entry.values.count == 96)
    let rows = try await simulating(at: "2026-11-24T12:00:00Z") { try await $0.get(day) }.rows()
    for value in entry.values {
      let row = try #require(rows.first { $0["settlementPeriod"] as? Int == value.period })
      // Foundation reads eighteen decimals less exactly than Swift does.
      let difference = try #require(row[value.field] as? Double) - #require(Double(value.text))
      #expect("\(value.date)" == "2026-06-15" && abs(difference) < 1e-9)
    }
  }

  @Test(arguments: [
    ("text", 95), ("huge", 95), ("null", 95), ("disagree", 95), ("period=51", 94), ("gone", 48), ("unknown", 96),
    ("day", 0), ("nan", 0), ("html", 0), ("truncated", 0), ("reset", 0), ("outage", 0), ("slow=20ms", 96),
  ])
  func `What a fault damaged or kept back is not noted`(fault: String, values: Int) async throws {
    let entry = try #require(try await entries(fault, [day]).first)
    #expect(entry.values.count == values && entry.fault.map { "\($0)" }?.hasPrefix(fault.prefix(4)) == true)
    #expect(entry.status == (fault == "outage" ? 0 : 200))
  }

  @Test func `A mean that lost one of its records is not noted at all`() async throws {
    let index = "/elexon/bmrs/api/v1/balancing/pricing/market-index?from=2026-06-14T23:00Z&to=2026-06-15T22:30Z"
    let whole = try #require(try await entries("html:0", [index]).first)
    let damaged = try #require(try await entries("null", [index]).first)
    #expect(whole.values.count == 192 && Set(whole.values.map(\.provider)) == ["APXMIDP", "N2EXMIDP"])
    #expect(damaged.values.count == 188)
  }

  @Test func `A line of the file is one JSON object, and files are appended to`() async throws {
    let path = NSTemporaryDirectory() + "ledger-\(UInt64.random(in: 0..<1 << 40)).jsonl"
    defer { unlink(path) }
    for _ in 0..<2 {
      let ledger = try Ledger(path: path)
      try await simulating(at: "2026-11-24T12:00:00Z", {
        $0.ledger = ledger
        $0.limits = [.modo: 1]
      }) { client in
        _ = try await client.get(day)
        for _ in 0..<2 { _ = try await client.get("/modo/pub/v1/gb/modo/markets/niv-live") }
      }
    }
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    let objects = try lines.map { try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
    #expect(objects.compactMap { $0["limited"] as? Bool } == [false, false, true, false, false, true])
    #expect(objects.compactMap { $0["status"] as? Int } == [200, 200, 429, 200, 200, 429])
    let records = try #require(objects.first?["records"] as? [[Any]])
    let first = try #require(records.first)
    try #require(records.count == 96 && first.count >= 2)
    #expect(first[0] as? String == "2026-06-15" && first[1] as? Int == 48)
    #expect(throws: LedgerError.self) { try Ledger(path: "/nonexistent/ledger") }
  }

  @Test func `A lively simulator revises the last six hours again and again, and nothing older`() async throws {
    let clock = StoppedClock(try #require(Instant("2026-11-24T18:00:00Z")))
    let ledger = Ledger()
    try await simulating(at: "2026-11-24T18:00:00Z", {
      $0.ledger = ledger
      $0.revisesEvery = .seconds(10)
      $0.now = { clock.now }
    }) { client in
      for _ in 0..<3 {
        for _ in 0..<2 { _ = try await client.systemPrices("2026-11-24") }
        clock.advance(by: .seconds(10))
      }
    }
    let prices = ledger.entries.map { $0.values.filter { $0.field == "systemSellPrice" } }
    try #require(prices.map(\.count) == [35, 35, 35, 35, 35, 35])
    #expect(prices[0] == prices[1] && prices[2] == prices[3] && prices[4] == prices[5])
    for (before, after) in [(prices[0], prices[2]), (prices[2], prices[4])] {
      let changed = zip(before, after).filter { $0 != $1 }.map(\.0.period)
      #expect(changed.max() == 35 && changed.count >= 10 && changed.min() ?? 0 >= 24)
    }
  }
}
