import Foundation
import Glibc
import Market
import Simulator
import Synchronization
import Testing

@Suite struct `The simulated Portal` {
  @Test func `The system price file is CSV with European dates, and a wrong key is no HTTP error`() async throws {
    try await simulating(at: "2026-11-24T12:00:00Z") { client in
      let key = try #require(Simulator.environment(port: 1).first { $0.name == "FLUX_ELEXON_PORTAL_KEY" }).value
      #expect(key.count == 15)
      let file = try await client.get("/portal/file/download/SSPSBPNIV_FILE?key=\(key)")
      let lines = file.text.split(separator: "\n")
      #expect(
        lines.first.map(String.init) == "Settlement Date,Settlement Period,System Sell Price(GBP/MWh),System Buy Price(GBP/MWh),"
          + "Net Imbalance Volume(MWh)")
      #expect(lines.dropFirst().first?.hasPrefix("01/01/2019,1,") == true)
      #expect(lines.last?.hasPrefix("17/11/2026,48,") == true)
      let wrong = try await client.get("/portal/file/download/SSPSBPNIV_FILE?key=nonsense")
      #expect(wrong.status == 200 && wrong.text.hasPrefix("Scripting Error"))
      #expect(try await client.get("/portal/file/download/NO_FILE?key=\(key)").status == 404)

      // Settled values: mostly those of Insights, but a few differ.
      var june: [Substring: Double] = [:]
      for line in lines.dropFirst() where line.utf8.dropFirst(2).starts(with: "/06/2026".utf8) {
        let fields = line.split(separator: ",")
        try #require(fields.count == 5, "\(line)")
        june["\(fields[0]),\(fields[1])"] = Double(fields[2])
      }
      var same = 0
      var different = 0
      for day in 1...10 {
        let prices = try await client.systemPrices("2026-06-\(day < 10 ? "0" : "")\(day)").rows()
        for row in prices {
          let period = try #require(row["settlementPeriod"] as? Int)
          let price = try #require(row["systemSellPrice"] as? Double)
          let settled = try #require(june["\(day < 10 ? "0" : "")\(day)/06/2026,\(period)"])
          if abs(settled - price) < 1e-9 { same += 1 } else { different += 1 }
        }
      }
      #expect(same + different == 480)
      #expect((1...40).contains(different))
    }
  }

  @Test func `A year's market index file is in Latin-1 with padded providers`() async throws {
    try await simulating(at: "2026-11-24T12:00:00Z") { client in
      let path = "/portal/file/download/MARKET_INDEX_FILE_2025?key=simulated000key"
      let file = try await client.get(path)
      let text = try #require(String(data: file.body, encoding: .isoLatin1))
      let lines = text.split(separator: "\n")
      #expect(
        lines.first.map(String.init) == "Settlement Date,Settlement Period,Market Index Data Provider Id,Market Index Volume (MWh),"
          + "Market Index Price (£/MWh)")
      #expect(lines.count == 1 + 365 * 48 * 2)
      #expect(lines.dropFirst().first?.hasPrefix("01 January 2025,1,APXMIDP ,") == true)
      #expect(lines.last?.hasPrefix("31 December 2025,48,N2EXMIDP,") == true)
      let latest = try await client.get("/portal/file/download/LATEST_MID_FILE?key=simulated000key").text
      #expect(latest.contains("\n17 November 2026,48,") && !latest.contains("18 November 2026"))
    }
  }
}

@Suite struct `The simulated Modo` {
  static let volumes = "/modo/pub/v1/gb/modo/markets/niv-live"
  static let prices = "/modo/pub/v1/gb/modo/markets/system-price-live"

  @Test func `The running period's estimate leads and changes each minute, then stands until it is final`() async throws {
    func newest(at now: String) async throws -> (Int, Double) {
      try await simulating(at: now) { client in
        let answer = try await client.get(Self.volumes + "?date_from=2026-11-24&date_to=2026-11-24")
        let row = try #require(answer.rows("results").first)
        #expect(Set(row.keys) == ["date", "settlement_period", "niv"] && row["date"] as? String == "2026-11-24")
        return (try #require(row["settlement_period"] as? Int), try #require(row["niv"] as? Double))
      }
    }
    // At the very start of period 25 its predecessor is still the newest.
    #expect(try await newest(at: "2026-11-24T12:00:30Z").0 == 24)
    let tenth = try await newest(at: "2026-11-24T12:10:00Z")
    let next = try await newest(at: "2026-11-24T12:11:00Z")
    #expect(tenth.0 == 25 && next.0 == 25 && tenth.1 != next.1)
    try await simulating(at: "2026-11-24T00:00:30Z") { client in
      let answer = try await client.get(Self.prices + "?date_from=2026-11-24&date_to=2026-11-24")
      #expect(answer.text == #"{"count":0,"next":null,"previous":null,"results":[]}"#)
    }
  }

  @Test func `Pages are linked until the last`() async throws {
    try await simulating(at: "2026-11-24T12:00:00Z") { client in
      var path: String? = Self.prices + "?date_from=2026-11-20&date_to=2026-11-21&limit=40"
      var periods: [String] = []
      var pages = 0
      while let next = path {
        let answer = try await client.get(next)
        pages += 1
        periods += try answer.rows("results").map { "\($0["date"] ?? "") \($0["settlement_period"] ?? "")" }
        let link = try answer.object()["next"] as? String
        if let link { #expect(link.hasPrefix("http://127.0.0.1:\(client.port)/modo/")) }
        path = link.flatMap { URL(string: $0) }.map { $0.path + "?" + ($0.query ?? "") }
      }
      #expect(pages == 3 && periods.count == 96 && Set(periods).count == 96)
      #expect(periods.first == "2026-11-21 48" && periods.last == "2026-11-20 1")
      #expect(try await client.get(Self.prices + "?date_from=yesterday").status == 400)
    }
  }

  @Test func `With limits one call a minute is answered, over both series together`() async throws {
    let clock = StoppedClock(try #require(Instant("2026-11-24T12:00:00Z")))
    try await simulating(at: "2026-11-24T12:00:00Z", {
      $0.limits = [.modo: 1]
      $0.now = { clock.now }
    }) { client in
      #expect(try await client.get(Self.volumes).status == 200)
      clock.advance(by: .seconds(18))
      let refused = try await client.get(Self.prices)
      #expect(refused.status == 429 && refused.headers["retry-after"] == "42")
      clock.advance(by: .seconds(42))
      #expect(try await client.get(Self.prices).status == 200)
    }
    try await simulating(at: "2026-11-24T12:00:00Z") { client in
      let first = try await client.get(Self.volumes)
      let second = try await client.get(Self.volumes, headers: ["X-Token": "any"])
      #expect(first.status == 200 && second.status == 200)
    }
  }
}

@Suite struct `The simulated Axle` {
  @Test func `A password buys a token for an hour, and the token a battery's schedule`() async throws {
    let clock = StoppedClock(try #require(Instant("2026-11-24T01:00:00Z")))
    try await simulating(at: "2026-11-24T01:00:00Z", { $0.now = { clock.now } }) { client in
      let login = "/axle/auth/token-form"
      #expect(try await client.post(login, form: "username=simulator&password=wrong").status == 401)
      #expect(try await client.post(login, form: "username=simulator").status == 422)
      let granted = try await client.post(login, form: "grant_type=password&username=simulator&password=made-up%2Dpassword")
      #expect(granted.status == 200)
      let token = try #require(granted.object()["access_token"] as? String)
      let bearer = ["Authorization": "Bearer \(token)"]
      let path = "/axle/entities/asset/battery-1/battery-schedule"
      let answer = try await client.get(path, headers: bearer)
      #expect(answer.status == 200)
      #expect(try answer.object()["schedule_last_updated"] as? String == "2026-11-24T00:00:00Z")
      let steps = try answer.rows("schedule_steps")
      #expect(steps.count >= 4)
      for step in steps {
        #expect(Set(step.keys) == ["start_timestamp", "end_timestamp", "action", "allow_deviation"])
        let start = try #require((step["start_timestamp"] as? String).flatMap { Instant($0) })
        let end = try #require((step["end_timestamp"] as? String).flatMap { Instant($0) })
        #expect(start < end && end > clock.now && start.microseconds % 1_800_000_000 == 0)
        let action = try #require(step["action"] as? String)
        #expect(["charge_max", "discharge_max", "avoid_import", "avoid_export"].contains(action))
      }
      #expect(try await client.get(path).status == 401)
      #expect(try await client.get(path, headers: ["Authorization": "Bearer \(token)0"]).status == 401)
      let unknown = "/axle/entities/asset/battery-9/battery-schedule"
      #expect(try await client.get(unknown, headers: bearer).status == 404)
      clock.advance(by: .minutes(60))
      #expect(try await client.get(path, headers: bearer).status == 401)
    }
  }
}

@Suite struct `The simulator as a service` {
  @Test func `It listens on the loopback address alone, on a port of its own`() async throws {
    try await simulating(at: "2026-11-24T12:00:00Z") { client in
      #expect(client.port > 0)
      // All of 127.0.0.0/8 is this machine: who listens on every address answers on another one too.
      #expect(answers(0x7F00_0001, client.port))
      #expect(!answers(0x7F00_0002, client.port))
      let status = try await client.get("/").status
      #expect(status == 404)
    }
  }

  @Test func `A port that is taken is an error, not a silence`() async throws {
    try await simulating(at: "2026-11-24T12:00:00Z") { (client: Client) -> Void in
      let taken = client.port
      await #expect(throws: (any Error).self) {
        _ = try await simulating(at: "2026-11-24T12:00:00Z", { $0.port = taken }) { $0.port }
      }
    }
  }

  @Test func `The environment names every host's address and lifts every rate`() {
    let environment = Simulator.environment(port: 8080).reduce(into: [:]) { $0[$1.name] = $1.value }
    for host in ["ELEXON", "ELEXON_PORTAL", "MODO", "AXLE"] {
      #expect(environment["FLUX_HOST_\(host)_URL"]?.hasPrefix("http://127.0.0.1:8080/") == true)
      #expect(environment["FLUX_HOST_\(host)_RATE"] == "unlimited")
    }
    #expect(environment["FLUX_AXLE_ASSETS"] == "battery-1=100,battery-2=2500")
    #expect(environment["FLUX_AXLE_USERNAME"] != nil && environment["FLUX_AXLE_PASSWORD"] != nil)
  }
}

/// Whether something accepts a TCP connection at this IPv4 address of this machine.
private func answers(_ address: UInt32, _ port: Int) -> Bool {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  defer { close(descriptor) }
  var place = sockaddr_in()
  place.sin_family = sa_family_t(AF_INET)
  place.sin_port = in_port_t(port).bigEndian
  place.sin_addr.s_addr = address.bigEndian
  return withUnsafePointer(to: &place) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
    }
  }
}

/// A clock that a test moves.
final class StoppedClock: Sendable {
  private let time: Mutex<Instant>

  init(_ start: Instant) { time = Mutex(start) }

  var now: Instant { time.withLock { $0 } }

  func advance(by duration: Duration) { time.withLock { $0 = $0.advanced(by: duration) } }
}
