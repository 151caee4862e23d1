import Foundation
import Logging
import Market
import FluxMetrics
import ServiceLifecycle
import Testing

@testable import Server

@Suite struct `The health server` {
  private let metrics = CollectorMetrics(version: "1.2.3", now: { Instant(seconds: 1_800_000_000) })

  /// Runs a server on a free port for as long as `body` takes.
  private func serving(
    on host: String = "127.0.0.1", tokens: APITokens? = nil, patience: HealthServer.Patience = .init(),
    _ checks: [Readiness.Check] = [], _ body: @escaping @Sendable (Int) async throws -> Void
  ) async throws {
    let (ports, listening) = AsyncStream.makeStream(of: Int.self)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let server = try HealthServer(
      ListenAddress(host: host, port: 0), metrics: metrics, tokens: tokens, patience: patience, logger: logger,
      readiness: { Readiness(checks) }, onListening: { listening.yield($0) })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      group.addTask {
        for await port in ports { return try await body(port) }
      }
      try await group.next()
      group.cancelAll()
    }
  }

  private func get(_ path: String, port: Int, _ headers: String...) async throws -> String {
    let lines = ["GET \(path) HTTP/1.1", "Host: h", "Connection: close"] + headers
    return try await exchange(lines.joined(separator: "\r\n") + "\r\n\r\n", port: port)
  }

  @Test func `It is alive, ready when nothing is missing, and shows the metrics`() async throws {
    try await serving(checks(database: true)) { port async throws in
      #expect(try await get("/livez", port: port).hasPrefix("HTTP/1.1 200 OK\r\n"))
      let ready = try await get("/readyz", port: port)
      #expect(ready.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(ready.hasSuffix("ready\nok      database: as \"asked\"\nok      feeds: 5 are on\n"))
      let shown = try await get("/metrics", port: port)
      #expect(shown.contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
      #expect(shown.hasSuffix("\r\n\r\n" + metrics.text()))
      #expect(try await get("/elsewhere", port: port).hasPrefix("HTTP/1.1 404 "))
    }
  }

  @Test func `What is missing is said, as text and as JSON, with 503`() async throws {
    try await serving(checks(database: false)) { port async throws in
      let text = try await get("/readyz", port: port)
      #expect(text.hasPrefix("HTTP/1.1 503 "))
      #expect(text.contains("not ready\nmissing database: as \"asked\"\nok      feeds: 5 are on\n"))
      let reply = try await get("/readyz", port: port, "Accept: application/json")
      #expect(reply.hasPrefix("HTTP/1.1 503 ") && reply.contains("Content-Type: application/json"))
      let body = try #require(reply.range(of: "\r\n\r\n").map { String(reply[$0.upperBound...]) })
      let json = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
      #expect(json["ready"] as? Bool == false)
      let first = try #require((json["checks"] as? [[String: Any]])?.first)
      #expect(first["name"] as? String == "database" && first["ok"] as? Bool == false)
      #expect(first["says"] as? String == "as \"asked\"")
    }
  }

  @Test func `Where others can reach it the metrics need a token, and health does not`() async throws {
    let file = NSTemporaryDirectory() + "tokens-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: file) }
    // SHA-256 of "abc": FIPS 180-2, appendix B.1.
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    try "# readers\n\n\(digest)  grafana\n".write(toFile: file, atomically: true, encoding: .utf8)
    let tokens = try APITokens(file: file)
    try await serving(on: "0.0.0.0", tokens: tokens) { port async throws in
      #expect(try await get("/livez", port: port).hasPrefix("HTTP/1.1 200 OK\r\n"))
      for header in ["X: y", "Authorization: Bearer abd", "Authorization: Basic abc", "Authorization: abc"] {
        let refused = try await get("/metrics", port: port, header)
        #expect(refused.hasPrefix("HTTP/1.1 401 ") && refused.contains("WWW-Authenticate: Bearer"), "\(header)")
        #expect(!refused.contains("flux_market"))
      }
      #expect(try await get("/metrics", port: port, "Authorization: bearer abc").hasPrefix("HTTP/1.1 200 "))
    }
    try await serving(tokens: tokens) { port async throws in
      #expect(try await get("/metrics", port: port).hasPrefix("HTTP/1.1 200 "))
    }
    #expect(throws: TokensMissing(address: ListenAddress(host: "0.0.0.0", port: 9_464))) {
      _ = try HealthServer(
        ListenAddress("0.0.0.0:9464"), metrics: metrics, tokens: nil, logger: Logger(label: "test"),
        readiness: { Readiness([]) })
    }
  }

  @Test func `A port that is taken is said to be`() async throws {
    try await serving { [self] port async throws in
      let second = try HealthServer(
        ListenAddress(host: "127.0.0.1", port: port), metrics: metrics, tokens: nil, logger: Logger(label: "test"),
        readiness: { Readiness([]) })
      let error = await #expect(throws: ListenError.self) { try await second.run() }
      #expect(error?.description.hasPrefix("127.0.0.1:\(port) cannot be listened on: Address already in use; ") == true)
      #expect(error?.description.contains("--health") == true)
    }
  }

  @Test func `A header without measure is refused, and a client that says nothing more is left`() async throws {
    var patience = HealthServer.Patience()
    patience.silence = .milliseconds(100)
    try await serving(patience: patience) { port async throws in
      let large = try await get("/livez", port: port, "X: " + String(repeating: "x", count: 40_000))
      #expect(!large.hasPrefix("HTTP/1.1 200"))
      // Returns, since the server closes.
      #expect(try await exchange("GET /livez HT", port: port) == "")
    }
    patience.silence = .seconds(60)
    patience.connection = .milliseconds(100)
    try await serving(patience: patience) { port async throws in
      let endless = "POST /livez HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"
      #expect(!(try await exchange(endless, port: port)).hasPrefix("HTTP/1.1 200"))
    }
  }

  private func checks(database isOK: Bool) -> [Readiness.Check] {
    [.init("database", isOK: isOK, says: "as \"asked\""), .init("feeds", isOK: true, says: "5 are on")]
  }
}

/// Sends bytes over a socket and reads until the other side closes.
private func exchange(_ request: String, port: Int) async throws -> String {
  let client = try HTTPClient(port: port)
  client.send(request)
  return String(decoding: await client.onThread { $0.readAll() }, as: UTF8.self)
}
