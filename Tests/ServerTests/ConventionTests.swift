import Foundation
import Market
import Postgres
import Support
import Testing

@testable import Server

@Suite(.timeLimit(.minutes(5))) struct `The API's conventions` {
  private static let range = "from=2026-03-29&to=2026-03-30"

  @Test func `What is wrong with a request is said by status, code and parameter`() async throws {
    let cases: [(path: String, status: Int, code: String, parameter: String?)] = [
      ("/v1/observations?signal=imbalance_price&\(Self.range)&form=csv", 400, "unknown_parameter", "form"),
      ("/v1/observations?signal=imbalance_price&from=2026-03-29", 400, "missing_parameter", "to"),
      ("/v1/observations?signal=a&signal=b&\(Self.range)", 400, "repeated_parameter", "signal"),
      ("/v1/observations?signal=Imbalance&\(Self.range)", 400, "malformed_parameter", "signal"),
      ("/v1/observations?signal=imbalance&\(Self.range)", 404, "unknown_signal", "signal"),
      ("/v1/observations?signal=imbalance_price&from=yesterday&to=2026-03-30", 400, "malformed_parameter", "from"),
      ("/v1/observations?signal=imbalance_price&\(Self.range)&limit=0", 400, "malformed_parameter", "limit"),
      ("/v1/observations?signal=imbalance_price&\(Self.range)&limit=1e3", 400, "malformed_parameter", "limit"),
      ("/v1/observations?signal=imbalance_price&\(Self.range)&revisions=yes", 400, "malformed_parameter", "revisions"),
      ("/v1/observations?signal=imbalance_price&\(Self.range)&cursor=short", 400, "malformed_parameter", "cursor"),
      ("/v1/observations?signal=imbalance_price&\(Self.range)&cursor=\(String(repeating: "A", count: 30))", 404,
        "unknown_cursor", "cursor"),
      ("/v1/latest?signal=%00", 400, "malformed_parameter", "signal"),
      ("/v1/latest?signal=nothing_of_ours", 404, "unknown_signal", "signal"),
      ("/v1/signals?x=1", 400, "unknown_parameter", "x"),
      ("/v1/readings?device=1&\(Self.range)", 400, "malformed_parameter", "device"),
      ("/v1/nothing", 404, "no_such_path", nil),
      ("/v1/signals/", 200, "", nil),
      ("/nothing/at/all", 404, "no_such_path", nil),
    ]
    try await RunningAPI.with { api async throws in
      for (path, status, code, parameter) in cases {
        let reply = try await api.get(path)
        #expect(reply.status == status, "\(path)")
        guard status != 200 else { continue }
        #expect(reply.headers["content-type"] == "application/problem+json", "\(path)")
        #expect(reply.json["code"] as? String == code && reply.json["parameter"] as? String == parameter, "\(path)")
        #expect(reply.json["status"] as? Int == status && reply.json["type"] as? String == "about:blank", "\(path)")
        #expect((reply.json["detail"] as? String)?.isEmpty == false, "\(path)")
      }
      let backwards = try await api.get("/v1/observations?signal=imbalance_price&from=2026-03-30&to=2026-03-01")
      #expect(backwards.status == 200 && backwards.objects("observations").isEmpty)
      #expect(backwards.json["limited"] as? Bool == false)
    }
  }

  @Test(arguments: [
    ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"), ("0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00Z"),
    ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999999Z"),
    ("9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59.999999Z"), ("2026-03-29t01:30:00z", "2026-03-29T01:30:00Z"),
    ("2026-03-29T01:30:00+01:00", "2026-03-29T00:30:00Z"), ("2026-03-29T01:30:00-00:00", "2026-03-29T01:30:00Z"),
    ("2026-03-29T01:30:00.123456789Z", "2026-03-29T01:30:00.123456Z"), ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
  ]) func `Every instant of RFC 3339 is understood`(text: String, instant: String) {
    #expect(Query.instant(text)?.description == instant)
  }

  @Test(arguments: [
    "2026-03-29T01:30Z", "2026-03-29T01:30:00", "2026-03-29 01:30:00Z", "2026-02-30T00:00:00Z", "2026-03-29T24:00:00Z",
    "2026-03-29T01:30:00,5Z", "2026-03-29T01:30:00.Z", "2026-03-29T01:30:00+0100", "2026-03-29T01:30:00+01:60",
    "0000-01-01T00:00:00Z", "2026-03-29T01:30:00ZZ", "", "2026-03-29",
  ]) func `What is no instant of RFC 3339 is none`(text: String) {
    #expect(Query.instant(text) == nil)
  }

  @Test func `Everything is read: other methods are refused, HEAD and OPTIONS answered`() async throws {
    try await RunningAPI.with { api async throws in
      for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"] {
        let reply = try await api.get("/v1/latest", method: method)
        #expect(reply.status == 405 && reply.headers["allow"] == "GET, HEAD, OPTIONS", "\(method)")
        #expect(reply.json["code"] as? String == "method_not_allowed", "\(method)")
      }
      let options = try await api.get("/v1/latest", method: "OPTIONS")
      #expect(options.status == 204 && options.headers["allow"] == "GET, HEAD, OPTIONS")
      #expect(options.headers["access-control-allow-methods"] == nil)
      let (head, get) = (try await api.get("/v1/latest", method: "HEAD"), try await api.get("/v1/latest"))
      #expect(head.status == 200 && head.body.isEmpty && head.headers["etag"] == get.headers["etag"])
      #expect(head.headers["content-type"] == get.headers["content-type"])
    }
  }

  @Test func `Answers are compressed for whoever accepts it`() async throws {
    try await RunningAPI.with { api async throws in
      let plain = try await api.get("/openapi.yaml")
      let packed = try await api.get("/openapi.yaml", "Accept-Encoding: gzip")
      #expect(packed.headers["content-encoding"] == "gzip" && packed.body.starts(with: [0x1F, 0x8B]))
      #expect(packed.body.count * 2 < plain.body.count && plain.headers["content-encoding"] == nil)
      #expect(packed.headers["vary"] == "Accept-Encoding" && packed.headers["etag"] == plain.headers["etag"])
      let file = NSTemporaryDirectory() + "packed-\(UUID().uuidString)"
      defer { try? FileManager.default.removeItem(atPath: file) }
      try Data(packed.body).write(to: URL(fileURLWithPath: file))
      let unpacked = try await Shell.run("exec gunzip -c <\"$1\"", [file])
      #expect(unpacked.status == 0 && unpacked.output == plain.text)
      let csv = try await api.get(
        "/v1/observations?signal=imbalance_price&\(Self.range)&format=csv", "Accept-Encoding: gzip")
      #expect(csv.isWhole && csv.body.starts(with: [0x1F, 0x8B]))
    }
  }

  @Test func `The page's files are served, and nothing outside their folder`() async throws {
    let share = NSTemporaryDirectory() + "share-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: share + "/page/charts", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: share) }
    try "secret".write(toFile: share + "/secret.js", atomically: true, encoding: .utf8)
    try await RunningAPI.with({ $0.shareFolder = share }) { api async throws in
      let absent = try await api.get("/")
      #expect(absent.status == 404 && absent.json["code"] as? String == "page_not_installed")
      for (name, text) in [("index.html", "<p>desk</p>"), ("desk.js", "1"), ("charts/chart.css", "p {}"), (".hidden", "x")] {
        try text.write(toFile: share + "/page/\(name)", atomically: true, encoding: .utf8)
      }
      let page = try await api.get("/")
      #expect(page.text == "<p>desk</p>" && page.headers["content-type"] == "text/html; charset=utf-8")
      let policy = page.headers["content-security-policy"] ?? ""
      #expect(policy.hasPrefix("default-src 'none'; script-src 'self';") && !policy.contains("unsafe"))
      #expect(page.headers["x-content-type-options"] == "nosniff")
      #expect(try await api.get("/", "If-None-Match: \(page.headers["etag"] ?? "")").status == 304)
      #expect(try await api.get("/desk.js").headers["content-type"] == "text/javascript; charset=utf-8")
      #expect(try await api.get("/charts/chart.css").text == "p {}")
      for path in [
        "/../secret.js", "/%2e%2e/secret.js", "/..%2fsecret.js", "/charts/../../secret.js", "/charts/%2e%2e%2f..%2fsecret.js",
        "/charts/..", "//secret.js", "/.hidden", "/charts", "/%00", "/desk.js%00.css", "/etc/passwd",
      ] {
        let reply = try await api.get(path)
        #expect(reply.status == 404 && !reply.text.contains("secret"), "\(path)")
      }
    }
  }

  @Test func `Without its database it answers 503, and goes on when that is back`() async throws {
    try await RunningAPI.with { api async throws in
      let name = api.database.name
      let end = """
        SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = '\(name)' AND pid <> pg_backend_pid()
        """
      try await Connection.with(try ConnectionSettings(api.database.url, database: "postgres")) { admin async throws in
        try await admin.execute("ALTER DATABASE \(name) ALLOW_CONNECTIONS false")
        try await admin.query(end)
        let away = try await api.get("/v1/latest")
        #expect(away.status == 503 && away.json["code"] as? String == "database_away")
        #expect(away.headers["retry-after"] == "5" && !away.text.contains(name))
        try await admin.execute("ALTER DATABASE \(name) ALLOW_CONNECTIONS true")
        #expect(try await api.get("/v1/latest").status == 200)
      }
    }
  }

  @Test func `It reads with the rights of a reader, and cannot write`() async throws {
    try await RunningAPI.with { api async throws in
      let session = try await api.server.api.pool.lend { connection async throws -> [String] in
        let refused = await #expect(throws: PostgresError.self) {
          try await connection.query("DELETE FROM flux.market_data")
        }
        #expect(refused?.sqlState == "25006" || refused?.sqlState == "42501")
        let reply = try await connection.query(
          "SELECT current_user::text, current_setting('transaction_read_only'), current_setting('statement_timeout')")
        return [try reply.read(0, 0), try reply.read(0, 1), try reply.read(0, 2)]
      }
      #expect(session == ["flux_reader", "on", "20s"])
    }
  }
}
