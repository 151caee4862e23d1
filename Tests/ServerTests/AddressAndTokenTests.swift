import Foundation
import Testing

@testable import Server

@Suite struct `Where a server listens, and whom it answers` {
  @Test(arguments: [
    ("127.0.0.1:9464", "127.0.0.1", 9_464, true), ("127.8.8.8:0", "127.8.8.8", 0, true), ("[::1]:80", "::1", 80, true),
    ("localhost:1", "localhost", 1, true), ("0.0.0.0:9464", "0.0.0.0", 9_464, false), ("[::]:9464", "::", 9_464, false),
    ("10.0.0.1:9464", "10.0.0.1", 9_464, false), ("localhost.example:1", "localhost.example", 1, false),
    ("[::ffff:127.0.0.1]:1", "::ffff:127.0.0.1", 1, false),
  ])
  func `An address`(text: String, host: String, port: Int, isLoopback: Bool) throws {
    let address = try ListenAddress(text)
    #expect(address.host == host && address.port == port && address.isLoopback == isLoopback)
    #expect(address.description == text)
  }

  @Test(arguments: [
    "", ":", "9464", ":9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "h:65536", "::1:9464", "[h]:1", "a b:1",
  ])
  func `No address`(text: String) {
    #expect(throws: ListenAddress.Malformed(text: text)) { try ListenAddress(text) }
  }

  @Test func `A file of tokens that is wrong says where, without what it says`() throws {
    let file = NSTemporaryDirectory() + "tokens-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: file) }
    #expect(throws: APITokens.Malformed(path: file, line: nil, reason: "the file of tokens cannot be read")) {
      try APITokens(file: file)
    }
    try "# nobody\n".write(toFile: file, atomically: true, encoding: .utf8)
    #expect(throws: APITokens.Malformed(path: file, line: nil, reason: "the file holds no token")) {
      try APITokens(file: file)
    }
    try "\nmy-own-token grafana\n".write(toFile: file, atomically: true, encoding: .utf8)
    let error = #expect(throws: APITokens.Malformed.self) { try APITokens(file: file) }
    #expect(error?.line == 2)
    #expect(error?.description.contains("my-own-token") == false)
  }
}
