import Fetch
import Market
import Support
import Testing

@Suite struct `Replies that arrive` {
  @Test func `A reply is handed over whole, with its type and the time it arrived`() async throws {
    let server = try LoopbackServer { _, connection in
      connection.reply(#"{"data":[]}"#, type: "Application/JSON ; charset=utf-8")
    }
    let reply = try await makeFetcher().fetch(get(server.url + "/a?b=c", expects: .json))
    #expect(reply.status == 200)
    #expect(String(decoding: reply.body, as: UTF8.self) == #"{"data":[]}"#)
    #expect(reply.contentType == "application/json")
    #expect(reply.arrivedAt == moment)
    #expect(server.requests.map(\.path) == ["/a?b=c"])
  }

  @Test func `A long body whose length is not told is handed over whole, in room that was taken once`() async throws {
    let body = (0..<3 << 20).map { UInt8(truncatingIfNeeded: $0 >> 8) }
    let server = try LoopbackServer { _, connection in
      connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
      connection.send(body)
      connection.hangUp()
    }
    defer { server.stop() }
    let reply = try await makeFetcher().fetch(get(server.url + "/", limits: Limits(maximumBody: 8 << 20)))
    #expect(reply.body == body)
    // Doubled again and again it would be 4 MiB, after a copy of 2.
    #expect(reply.body.capacity >= 8 << 20)
  }

  @Test func `The server is told who calls, what is wanted and how it may be packed`() async throws {
    let server = try LoopbackServer { _, connection in connection.reply("{}") }
    _ = try await makeFetcher().fetch(get(server.url + "/", expects: .json))
    let headers = try #require(server.requests.first).headers
    #expect(headers["user-agent"] == "flux-market/1.2.3 (+mailto:ops@example.org)")
    #expect(headers["accept"] == "application/json")
    #expect(headers["accept-encoding"]?.contains("gzip") == true)
  }

  @Test func `A form is posted with its credentials, which only the server sees`() async throws {
    let server = try LoopbackServer { _, connection in connection.reply("{}") }
    let secret = Secret("pass word 1")
    let request = Request(
      .post, try RedactedURL(server.url + "/auth/token-form"),
      headers: [.init("Content-Type", "application/x-www-form-urlencoded")],
      secretHeaders: [.init("Authorization", prefix: "Bearer ", Secret("tok-123"))],
      body: Array("username=u&password=pass+word+1".utf8), bodySecrets: [secret])
    _ = try await makeFetcher().fetch(request)
    let received = try #require(server.requests.first)
    #expect(received.line == "POST /auth/token-form HTTP/1.1")
    #expect(String(decoding: received.body, as: UTF8.self) == "username=u&password=pass+word+1")
    #expect(received.headers["content-type"] == "application/x-www-form-urlencoded")
    #expect(received.headers["authorization"] == "Bearer tok-123")
  }

  @Test func `An empty form is posted as such`() async throws {
    let server = try LoopbackServer { _, connection in connection.reply("{}") }
    _ = try await makeFetcher().fetch(Request(.post, RedactedURL(server.url + "/")))
    #expect(server.requests.first?.headers["content-length"] == "0")
  }

  @Test func `Requests one after another share a connection`() async throws {
    let server = try LoopbackServer { _, connection in connection.reply("{}") }
    let fetcher = makeFetcher()
    for number in 0..<50 { _ = try await fetcher.fetch(get(server.url + "/\(number)")) }
    #expect(server.requests.count == 50)
    #expect(server.connections == 1)
  }

  @Test func `A kept connection that the server has closed meanwhile is replaced`() async throws {
    let server = try LoopbackServer { _, connection in
      connection.reply("{}")
      connection.hangUp()
    }
    let fetcher = makeFetcher()
    for _ in 0..<5 { #expect(try await fetcher.fetch(get(server.url + "/")).status == 200) }
    #expect(server.connections == 5)
  }

  @Test func `Two hundred requests at once all get their own replies, on eight connections`() async throws {
    let server = try LoopbackServer { request, connection in connection.reply(request.path) }
    let fetcher = makeFetcher()
    let answers = try await withThrowingTaskGroup(of: (Int, String).self) { group in
      for number in 0..<200 {
        let request = try get(server.url + "/\(number)")
        group.addTask { (number, String(decoding: try await fetcher.fetch(request).body, as: UTF8.self)) }
      }
      return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
    }
    #expect(answers.count == 200)
    for (number, text) in answers { #expect(text == "/\(number)") }
    #expect(server.connections <= 8)
  }

  @Test func `A compressed reply is unpacked`() async throws {
    let server = try LoopbackServer { _, connection in
      connection.reply(headers: ["Content-Encoding: gzip"], bytes: gzipped)
    }
    let reply = try await makeFetcher().fetch(get(server.url + "/"))
    #expect(String(decoding: reply.body, as: UTF8.self) == #"{"data":[1,2,3]}"#)
  }

  @Test func `A reply in chunks, without a length, is put together`() async throws {
    let server = try LoopbackServer { _, connection in
      connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
    }
    let reply = try await makeFetcher().fetch(get(server.url + "/"))
    #expect(String(decoding: reply.body, as: UTF8.self) == "hello world")
    #expect(reply.contentType == nil)
  }

  @Test func `A reply of three megabytes arrives byte for byte`() async throws {
    let sent = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 9)) }
    let server = try LoopbackServer { _, connection in connection.reply(type: "text/csv", bytes: sent) }
    let reply = try await makeFetcher().fetch(get(server.url + "/", expects: .csv))
    #expect(reply.body == sent)
  }

  @Test func `What one request was given the next does not send`() async throws {
    let server = try LoopbackServer { _, connection in connection.reply("{}") }
    // One connection is one handle, which each of them uses after the other.
    let fetcher = makeFetcher(atOncePerHost: 1)
    var known = try get(server.url + "/1", expects: .json)
    known.secretHeaders = [.init("Authorization", prefix: "Bearer ", Secret("tok-123"))]
    var other = known
    other.secretHeaders = [.init("Authorization", prefix: "Bearer ", Secret("tok-456"))]
    let form = Request(.post, try RedactedURL(server.url + "/4"), body: Array("a=1".utf8))
    for request in [known, known, other, form, try get(server.url + "/5")] { _ = try await fetcher.fetch(request) }
    #expect(server.connections == 1)
    let sent = server.requests
    #expect(sent.map(\.path) == ["/1", "/1", "/1", "/4", "/5"])
    #expect(sent.map { $0.headers["authorization"] } == ["Bearer tok-123", "Bearer tok-123", "Bearer tok-456", nil, nil])
    #expect(sent.map { $0.headers["accept"] } == ["application/json", "application/json", "application/json", "*/*", "*/*"])
    #expect(sent.map { $0.line.prefix(4) } == ["GET ", "GET ", "GET ", "POST", "GET "])
    #expect(sent.map { $0.headers["content-length"] } == [nil, nil, nil, "3", nil])
  }

  @Test func `A limit is the request's own, whatever the one before had`() async throws {
    let server = try LoopbackServer { request, connection in
      if request.path == "/slow" { connection.hold() } else { connection.reply("{}") }
    }
    let fetcher = makeFetcher(atOncePerHost: 1)
    _ = try await fetcher.fetch(get(server.url + "/"))
    let error = await fetcher.failure(try get(server.url + "/slow", limits: Limits(total: .milliseconds(50))))
    #expect(error?.reason == .timedOut("no whole reply within 0.05 s"))
    #expect(try await fetcher.fetch(get(server.url + "/")).status == 200)
  }

  @Test func `A reply without a body is a reply`() async throws {
    let server = try LoopbackServer { _, connection in connection.send("HTTP/1.1 204 No Content\r\n\r\n") }
    let reply = try await makeFetcher().fetch(get(server.url + "/"))
    #expect(reply.status == 204)
    #expect(reply.body.isEmpty)
  }

  @Test func `A redirect on the same host is followed, with its credentials`() async throws {
    let server = try LoopbackServer { request, connection in
      if request.path == "/old" {
        connection.reply("moved", status: "308 Permanent Redirect", headers: ["Location: /new?x=1"])
      } else {
        connection.reply(request.path)
      }
    }
    var request = try get(server.url + "/old")
    request.secretHeaders = [.init("X-Token", Secret("tok-123"))]
    let reply = try await makeFetcher().fetch(request)
    #expect(String(decoding: reply.body, as: UTF8.self) == "/new?x=1")
    #expect(reply.url.path == "/new")
    #expect(server.requests.map { $0.headers["x-token"] } == ["tok-123", "tok-123"])
  }
}
