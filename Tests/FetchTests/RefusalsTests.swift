import Fetch
import Market
import Support
import Testing

@Suite struct `Replies that say no` {
  private func failure(
    _ status: String, type: String = "application/json", headers: [String] = [], _ body: String = "",
    path: String = "/a", expects: Request.Expectation = .json
  ) async throws -> FetchError {
    let server = try LoopbackServer { _, connection in
      connection.reply(body, status: status, type: type, headers: headers)
    }
    return try #require(await makeFetcher().failure(get(server.url + path, expects: expects)))
  }

  @Test func `400 is not asked again and repeats Elexon's own words`() async throws {
    let error = try await failure(
      "400 Bad Request",
      #"{"type":"x","title":"One or more","status":400,"errors":{"":["The date range must not exceed \"7 days\""]}}"#)
    #expect(error.remedy == .notAgain)
    #expect(error.status == 400)
    #expect(error.serverSaid == #"The date range must not exceed "7 days""#)
    #expect(error.description.contains(#"the server answered 400 Bad Request: The date range must not exceed"#))
    #expect(!error.description.contains("\n"))
  }

  @Test func `401 asks for another credential, 403 and 404 for another request`() async throws {
    #expect(try await failure("401 Unauthorized", #"{"detail":"token expired"}"#).remedy == .renewCredentials)
    let forbidden = try await failure("403 Forbidden", #"{"detail":[{"loc":[],"msg":"no access","type":""}]}"#)
    #expect(forbidden.remedy == .notAgain)
    #expect(forbidden.serverSaid == "no access")
    #expect(forbidden.description.contains("check that the credential may see this"))
    let missing = try await failure("404 Not Found", type: "text/html", "<HTML><title>Not\n here</title></html>")
    #expect(missing.remedy == .notAgain)
    #expect(missing.serverSaid == "Not here")
  }

  @Test(arguments: [
    ("Retry-After: 17", Duration.seconds(17)), ("Retry-After: 0", .zero),
    ("Retry-After: Sun, 29 Mar 2026 00:31:30 GMT", .seconds(90)),
    ("Retry-After: Sunday, 29-Mar-26 00:31:30 GMT", .seconds(90)),
    ("Retry-After: Sun Mar 29 00:31:30 2026", .seconds(90)),
    ("Retry-After: Sat, 28 Mar 2026 23:00:00 GMT", .zero),
  ])
  func `429 is asked again after the pause that the server names, in seconds or as a date`(
    field: String, pause: Duration
  ) async throws {
    #expect(try await failure("429 Too Many Requests", headers: [field]).remedy == .again(after: pause))
  }

  @Test func `A date to wait for is measured by the server's own clock`() async throws {
    let error = try await failure(
      "503 Service Unavailable",
      headers: ["Date: Mon, 01 Jan 2024 00:00:00 GMT", "Retry-After: Mon, 01 Jan 2024 00:00:25 GMT"])
    #expect(error.remedy == .again(after: .seconds(25)))
    #expect(error.description.contains("asked to wait 25 s"))
  }

  @Test func `A pause that cannot be read is no pause`() async throws {
    #expect(try await failure("429 Too Many Requests", headers: ["Retry-After: soon"]).remedy == .again(after: nil))
    #expect(try await failure("429 Too Many Requests", headers: ["Retry-After: -5"]).remedy == .again(after: nil))
  }

  @Test(arguments: ["408 Request Timeout", "500 Internal Server Error", "502 Bad Gateway", "504 Gateway Timeout"])
  func `A server in trouble is asked again`(status: String) async throws {
    #expect(try await failure(status).remedy == .again(after: nil))
  }

  @Test func `A web page in place of data is an error, and in place of anything is not`() async throws {
    let page = "<!doctype html><title>Down for repair</title>"
    let error = try await failure("200 OK", type: "text/html; charset=utf-8", page)
    #expect(error.reason == .webPage("text/html"))
    #expect(error.description.contains("a web page (text/html) came instead of data: Down for repair"))
    let server = try LoopbackServer { _, connection in connection.reply(page, type: "text/html") }
    #expect(try await makeFetcher().fetch(get(server.url + "/")).status == 200)
  }

  @Test func `An endless refusal is cut to one short line`() async throws {
    let page = String(repeating: "very\r\n\t long\u{0} ", count: 20_000)
    let error = try await failure("500 Oh", type: "text/plain", page)
    let words = try #require(error.serverSaid)
    #expect(words.hasPrefix("very long very long"))
    #expect(words.utf8.count <= 203)
  }

  @Test func `A redirect to another place is refused, and the place is never called`() async throws {
    let other = try LoopbackServer { _, connection in connection.reply("{}") }
    for target in [
      other.url + "/x", "https://example.invalid/x?token=abcdef", "file:///etc/passwd", "ftp://127.0.0.1/x",
      "http://localhost/x",
    ] {
      let error = try await failure("302 Found", headers: ["Location: \(target)"])
      #expect(error.remedy == .refused)
      #expect(error.description.contains("redirected (302) to another place"))
      #expect(!error.description.contains("abcdef"))
    }
    #expect(other.connections == 0)
  }

  @Test func `A redirect in circles ends`() async throws {
    let server = try LoopbackServer { _, connection in
      connection.reply(status: "302 Found", headers: ["Location: /a"])
    }
    let error = try #require(await makeFetcher().failure(get(server.url + "/a")))
    #expect(error.remedy == .refused)
    #expect(error.description.contains("redirected more than 5 times"))
    #expect(server.requests.count == 6)
  }

  @Test func `A posted form is not carried on by a redirect`() async throws {
    let server = try LoopbackServer { _, connection in connection.reply(status: "307 T", headers: ["Location: /b"]) }
    let error = await makeFetcher().failure(Request(.post, try RedactedURL(server.url + "/a"), body: [1]))
    #expect(error?.remedy == .refused)
    #expect(server.requests.count == 1)
  }

  @Test func `A redirect to nowhere is a refusal with its status`() async throws {
    #expect(try await failure("304 Not Modified").reason == .status(304))
  }

  @Test(arguments: [
    "http://data.elexon.co.uk/", "ftp://127.0.0.1/x", "file:///etc/passwd", "http://127.0.0.1.example.org/",
    "http://localhost.example.org/", "http://127.0.0.1@example.org/", "http://[::2]/", "gopher://127.0.0.1/",
    "http://128.0.0.1/", "smb://127.0.0.1/x", "http://0.0.0.0/", "odd://127.0.0.1/",
  ])
  func `Anything but https is refused, except plain http to this machine`(url: String) async throws {
    let error = try #require(await makeFetcher().failure(get(url)))
    #expect(error.remedy == .refused)
    #expect(error.reason == .badScheme)
  }

  @Test(arguments: ["http://127.0.0.1", "http://127.9.9.9", "http://LOCALHOST", "http://[::1]", "http://2130706433"])
  func `Plain http to this machine is allowed`(url: String) throws {
    #expect(try RedactedURL(url + ":8080/x").isLoopback)
  }

  @Test func `A credential with a line break is refused before anything is sent`() async throws {
    let server = try LoopbackServer { _, connection in connection.reply("{}") }
    var request = try get(server.url + "/")
    request.secretHeaders = [.init("X-Token", Secret("tok-123\r\nX-Evil: 1"))]
    let error = try #require(await makeFetcher().failure(request))
    #expect(error.reason == .badHeader("X-Token"))
    #expect(!error.description.contains("tok-123"))
    #expect(server.connections == 0)
  }
}
