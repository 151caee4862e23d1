import Fetch
import Market
import Support
import Testing

@Suite struct `What is secret stays secret` {
  @Test func `A credential prints as dots, however it is printed`() {
    let secret = Secret("hunter2")
    var dumped = ""
    dump([secret], to: &dumped)
    #expect("\(secret)" == "•••")
    #expect(String(reflecting: secret) == "•••")
    #expect(!dumped.contains("hunter2"))
    #expect(secret.reveal() == "hunter2")
  }

  @Test func `A URL prints neither its password nor its secret parameters`() throws {
    let url = try RedactedURL(
      "https://user:hunter2@Example.org:8443/a%20b?from=1&mine=topsecret&KEY=k3y#part", secretParameters: ["mine"])
    #expect(url.description == "https://•••@example.org:8443/a%20b?from=1&mine=•••&KEY=•••")
    #expect(url.revealed() == "https://user:hunter2@example.org:8443/a%20b?from=1&mine=topsecret&KEY=k3y")
    #expect(url.origin == "https://example.org:8443")
    var dumped = ""
    dump(url, to: &dumped)
    #expect(!dumped.contains("hunter2") && !dumped.contains("topsecret"))
  }

  @Test func `A path and a credential are added to a base URL that has both already`() throws {
    let base = try RedactedURL("https://example.org/api/v1/?v=2")
    let url = try base.appending("/prices?from=2026-03-29T00%3A00Z").adding("scripting", Secret("a b&c"))
    #expect(url.revealed() == "https://example.org/api/v1/prices?v=2&from=2026-03-29T00%3A00Z&scripting=a%20b%26c")
    #expect(url.description == "https://example.org/api/v1/prices?v=2&from=2026-03-29T00%3A00Z&scripting=•••")
    #expect(try RedactedURL("https://example.org").appending("/x").revealed() == "https://example.org/x")
  }

  @Test(arguments: ["", "data.elexon.co.uk/x", "https://", "https://a b/", "https://x:99999/", "/path?key=hunter2"])
  func `What is no URL is refused without being repeated`(text: String) {
    let error = #expect(throws: InvalidURL.self) { try RedactedURL(text) }
    #expect(error?.description.contains("hunter2") == false)
  }

  @Test func `A server that repeats our credentials does not get them into an error`() async throws {
    let server = try LoopbackServer { request, connection in
      let echo = "\(request.line) \(request.headers) \(String(decoding: request.body, as: UTF8.self)) hunter2 a b&c"
      connection.reply(echo, status: "403 Forbidden", type: "text/plain")
    }
    let url = try RedactedURL("http://user:hunter2@127.0.0.1:\(server.port)/x").adding("scripting", Secret("a b&c"))
    let request = Request(
      .post, url, secretHeaders: [.init("X-Token", Secret("tok-123"))], body: Array("password=pa55word".utf8),
      bodySecrets: [Secret("pa55word")])
    let error = try #require(await makeFetcher().failure(request))
    for text in [error.description, String(reflecting: error), "\(request)", "\(error.url)"] {
      for secret in ["hunter2", "a b&c", "a%20b%26c", "tok-123", "pa55word"] { #expect(!text.contains(secret)) }
    }
    #expect(error.description.contains("•••"))
    #expect(server.requests.first?.headers["authorization"] != nil)
  }
}
