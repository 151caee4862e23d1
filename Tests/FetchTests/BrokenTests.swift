import Fetch
import Market
import Support
import Testing

@Suite struct `Transfers that break` {
  @Test func `A server that never answers is given up after the slow limit`() async throws {
    let server = try LoopbackServer { _, connection in connection.hold() }
    let limits = Limits(slowest: 100, slowFor: .seconds(1))
    let error = try #require(await makeFetcher().failure(get(server.url + "/", limits: limits)))
    #expect(error.remedy == .again(after: nil))
    #expect(error.description.contains("less than 100 bytes a second for 1 s"))
  }

  @Test func `A request that may be sent once is, though the connection before it stayed open and breaks`() async throws {
    let server = try LoopbackServer { request, connection in
      if request.path == "/whole" { connection.reply("{}") } else { connection.hangUp() }
    }
    let fetcher = makeFetcher()
    for path in ["/whole", "/broken", "/whole", "/broken"] {
      var request = try get(server.url + path)
      request.isSentOnce = true
      _ = try? await fetcher.fetch(request)
    }
    #expect(server.requests.map(\.path) == ["/whole", "/broken", "/whole", "/broken"])
  }

  @Test func `A body that trickles is given up after the slow limit`() async throws {
    let server = try LoopbackServer { _, connection in
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
      for _ in 0..<100 where connection.wait(milliseconds: 100) { connection.send("x") }
    }
    let limits = Limits(slowest: 1_000, slowFor: .seconds(1))
    let error = try #require(await makeFetcher().failure(get(server.url + "/", limits: limits)))
    #expect(error.description.contains("less than 1000 bytes a second for 1 s"))
  }

  @Test func `A transfer is given up after the total limit, redirects included`() async throws {
    // Each hop keeps within the limit; only all of them together pass it, before there are too many of them.
    let server = try LoopbackServer { _, connection in
      if connection.wait(milliseconds: 200) { connection.reply(status: "302 Found", headers: ["Location: /on"]) }
    }
    let limits = Limits(total: .milliseconds(500))
    let error = try #require(await makeFetcher().failure(get(server.url + "/a", limits: limits)))
    #expect(error.reason == .timedOut("no whole reply within 0.50 s"))
  }

  @Test func `Waiting for a free connection does not count as time of the transfer`() async throws {
    let server = try LoopbackServer { request, connection in
      if connection.wait(milliseconds: 200) { connection.reply(request.path) }
    }
    let fetcher = makeFetcher(atOncePerHost: 1)
    // All of them take longer than the limit, one of them by far not so long.
    let limits = Limits(total: .seconds(3))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<16 {
        let request = try get(server.url + "/\(number)", limits: limits)
        group.addTask { _ = try await fetcher.fetch(request) }
      }
      try await group.waitForAll()
    }
    #expect(server.requests.count == 16)
    #expect(server.connections == 1)
  }

  @Test func `A connection that is reset in mid-body, or ends too early, is an error to try again`() async throws {
    for abruptly in [true, false] {
      let server = try LoopbackServer { _, connection in
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf a body")
        connection.hangUp(abruptly: abruptly)
      }
      let error = try #require(await makeFetcher().failure(get(server.url + "/")))
      #expect(error.remedy == .again(after: nil))
      #expect(error.description.contains("the connection broke before the whole reply was here"))
    }
  }

  @Test func `A chunked body that ends in the middle is an error to try again`() async throws {
    let server = try LoopbackServer { _, connection in
      connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n wo")
      connection.hangUp()
    }
    #expect(await makeFetcher().failure(try get(server.url + "/"))?.remedy == .again(after: nil))
  }

  @Test func `A connection that closes without a word is an error to try again`() async throws {
    let server = try LoopbackServer { _, connection in connection.hangUp() }
    #expect(await makeFetcher().failure(try get(server.url + "/"))?.remedy == .again(after: nil))
  }

  @Test func `What does not speak HTTP is refused`() async throws {
    let server = try LoopbackServer { _, connection in
      connection.send("220 mail.example.org ESMTP\r\n")
      connection.hangUp()
    }
    let error = try #require(await makeFetcher().failure(get(server.url + "/")))
    #expect(error.remedy == .refused)
  }

  @Test func `Nobody listening is said in words, with host and port`() async throws {
    let error = try #require(await makeFetcher().failure(get("http://127.0.0.1:1/x")))
    #expect(error.remedy == .again(after: nil))
    #expect(error.description.contains("no connection to 127.0.0.1 port 1 (connection refused)"))
  }

  @Test func `A name that DNS does not know is said in words`() async throws {
    // RFC 6761 keeps .invalid from ever being given out.
    let error = try #require(await makeFetcher().failure(get("https://flux.invalid/x")))
    #expect(error.reason == .unknownHost("flux.invalid"))
    #expect(error.remedy == .again(after: nil))
  }

  @Test func `A body beyond its ceiling is refused, announced or not, and never held`() async throws {
    let limits = Limits(maximumBody: 100_000)
    let sizes: [@Sendable (LoopbackServer.Connection) -> Void] = [
      { $0.reply(bytes: [UInt8](repeating: 1, count: 100_001)) },
      { $0.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + String(repeating: "x", count: 200_000)) },
      { $0.reply(headers: ["Content-Encoding: gzip"], bytes: gzipBomb(unpackingTo: 8 << 20)) },
    ]
    for send in sizes {
      let server = try LoopbackServer { _, connection in
        send(connection)
        connection.hangUp()
      }
      let error = try #require(await makeFetcher().failure(get(server.url + "/", limits: limits)))
      #expect(error.reason == .tooLarge(limit: 100_000))
      #expect(error.remedy == .refused)
    }
    let server = try LoopbackServer { _, connection in connection.reply(bytes: [UInt8](repeating: 1, count: 100_000)) }
    #expect(try await makeFetcher().fetch(get(server.url + "/", limits: limits)).body.count == 100_000)
  }

  @Test func `A compressed body that is damaged is refused`() async throws {
    var damaged = gzipped
    damaged[14] ^= 0xFF
    for body in [damaged, Array("not gzip at all".utf8)] {
      let server = try LoopbackServer { _, connection in
        connection.reply(headers: ["Content-Encoding: gzip"], bytes: body)
      }
      let error = try #require(await makeFetcher().failure(get(server.url + "/")))
      #expect(error.remedy == .refused)
      #expect(error.description.contains("the compressed reply cannot be unpacked"))
    }
  }
}
