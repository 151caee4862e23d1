import Foundation
import Market
import Postgres
import Support
import Testing

@testable import Server

@Suite(.timeLimit(.minutes(5))) struct `The API's safety` {
  /// SHA-256 of "abc": FIPS 180-2, appendix B.1.
  private static let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

  private func withTokens<T>(_ body: (APITokens) async throws -> T) async throws -> T {
    let file = NSTemporaryDirectory() + "tokens-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: file) }
    try "\(Self.digest)  desk\n".write(toFile: file, atomically: true, encoding: .utf8)
    return try await body(try APITokens(file: file))
  }

  /// What an address lacks, or nil where it may be listened on.
  private func lack(_ settings: APISettings) -> UnsafeAddress.Lack? {
    do throws(UnsafeAddress) {
      try settings.check()
      return nil
    } catch { return error.lacks }
  }

  @Test func `Others are answered only with tokens, and only behind TLS`() async throws {
    var settings = APISettings(ListenAddress(host: "0.0.0.0", port: 8080), shareFolder: "/")
    #expect(lack(settings) == .tokens)
    try await withTokens { tokens in
      settings.tokens = tokens
      #expect(lack(settings) == .encryption)
      settings.isBehindProxy = true
      #expect(lack(settings) == nil)
      settings.isBehindProxy = false
      let certificate = APISettings.Certificate(chain: "/nowhere/chain.pem", key: "/nowhere/key.pem")
      settings.certificate = certificate
      #expect(lack(settings) == nil)
      #expect(throws: UnreadableCertificate.self) { try certificate.configuration() }
    }
    // Where a proxy brings others to loopback, tokens are needed there, too.
    var local = APISettings(ListenAddress(host: "127.0.0.1", port: 8080), shareFolder: "/")
    #expect(lack(local) == nil)
    local.isBehindProxy = true
    #expect(lack(local) == .tokens)
  }

  @Test func `A token is taken as bearer and as password, on every path`() async throws {
    try await withTokens { tokens in
      try await RunningAPI.with({
        $0.tokens = tokens
        $0.isBehindProxy = true
      }) { api async throws in
        let basic = Data("desk:abc".utf8).base64EncodedString()
        for path in ["/v1/latest", "/v1/stream", "/openapi.yaml", "/", "/nothing"] {
          let wrong = Data("abc:abd".utf8).base64EncodedString()
          for header in ["X: y", "Authorization: Bearer abd", "Authorization: Basic \(wrong)", "Authorization: Basic abc"] {
            let refused = try await api.get(path, header)
            #expect(refused.status == 401 && refused.json["code"] as? String == "token_needed", "\(path) \(header)")
            #expect(refused.headers["www-authenticate"]?.hasPrefix("Bearer, Basic realm=") == true)
          }
        }
        #expect(try await api.get("/v1/latest", "Authorization: Bearer abc").status == 200)
        #expect(try await api.get("/v1/latest", "Authorization: Basic \(basic)").status == 200)
      }
    }
  }

  @Test func `Scripts of other origins read nothing, unless theirs is configured`() async throws {
    try await RunningAPI.with { api async throws in
      let reply = try await api.get("/v1/latest", "Origin: https://desk.example")
      #expect(reply.status == 200 && reply.headers["access-control-allow-origin"] == nil)
    }
    try await RunningAPI.with({ $0.origins = ["https://desk.example"] }) { api async throws in
      let ours = try await api.get("/v1/latest", "Origin: https://desk.example")
      #expect(ours.headers["access-control-allow-origin"] == "https://desk.example")
      let problem = try await api.get("/v1/latest?x=1", "Origin: https://desk.example")
      #expect(problem.status == 400 && problem.headers["access-control-allow-origin"] == "https://desk.example")
      let other = try await api.get("/v1/latest", "Origin: https://desk.example.evil")
      #expect(other.headers["access-control-allow-origin"] == nil && other.headers["vary"]?.contains("Origin") == true)
      let asked = try await api.get("/v1/stream", method: "OPTIONS", "Origin: https://desk.example")
      #expect(asked.status == 204 && asked.headers["access-control-allow-headers"]?.contains("Authorization") == true)
    }
  }

  @Test func `TLS is served from a certificate and its key`() async throws {
    let folder = NSTemporaryDirectory() + "tls-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let made = try await Shell.run(
      """
      cd "$1" && exec openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost \
        -keyout key.pem -out chain.pem
      """, [folder])
    try #require(made.status == 0, "\(made.output)")
    try await RunningAPI.with({ [folder] in
      $0.certificate = APISettings.Certificate(chain: folder + "/chain.pem", key: folder + "/key.pem")
    }) { api async throws in
      let reply = try await Shell.run(
        """
        printf 'GET /v1/signals HTTP/1.1\\r\\nHost: h\\r\\nConnection: close\\r\\n\\r\\n' |
          openssl s_client -quiet -CAfile "$1/chain.pem" -verify_return_error -servername localhost -connect "127.0.0.1:$2" 2>&1
        """, [folder, "\(api.port)"])
      #expect(reply.output.contains("HTTP/1.1 200 OK") && reply.output.contains("imbalance_price"))
    }
  }

  @Test func `A request that drips in, or is too large, is ended`() async throws {
    try await RunningAPI.with { api async throws in
      let large = try await api.get("/v1/latest", "X: \(String(repeating: "x", count: 40_000))")
      #expect(large.status == 431 && large.json["code"] as? String == "request_too_large")
      #expect(try await api.get("/v1/latest HTTP/9.9\r\nX: y\r\n\r\n").status == 400)
    }
    try await RunningAPI.with({
      $0.limits.request = .milliseconds(200)
      $0.limits.silence = .milliseconds(200)
    }) { api async throws in
      for start in ["GET /v1/latest HT", "POST /v1/latest HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx"] {
        let client = try HTTPClient(port: api.port)
        client.send(start)
        // Returns, since the server closes.
        _ = await client.onThread { client in
          var count = 0
          while case let piece = client.read(), !piece.isEmpty { count += piece.count }
          return count
        }
      }
    }
  }

  @Test func `A client that does not read an answer does not keep a connection of the database`() async throws {
    try await RunningAPI.with({ $0.limits.unread = .seconds(2) }) { api async throws in
      try await api.execute(
        """
        INSERT INTO flux.market_data ("time", type, value, created_at)
        SELECT t, 3, 1, '2026-01-01Z' FROM generate_series('2000-01-01Z'::timestamptz, '2025-01-01Z', interval '3 hours') t
        """)
      let client = try HTTPClient(port: api.port, room: 16_384)
      client.send(
        "GET /v1/observations?signal=imbalance_price&from=2000-01-01&to=2026-01-01&format=csv HTTP/1.1\r\nHost: h\r\n\r\n")
      // It is under way once it has begun.
      let begun = await client.onThread { $0.read() }
      try await Connection.with(try api.database.settings) { observer async throws in
        while try await observer.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'FETCH %' AND state <> 'idle'"
        ).rowCount > 0 { try await Task.sleep(for: .milliseconds(5)) }
      }
      while await api.server.api.pool.lentCount > 0 { try await Task.sleep(for: .milliseconds(1)) }
      let reply = HTTPReply(
        await client.onThread { client in
          var bytes = begun
          while case let piece = client.read(), !piece.isEmpty { bytes += piece }
          return bytes
        })
      // Cut short, and to be told from a whole one.
      #expect(reply.status == 200 && !reply.isWhole)
    }
  }
}
