import Fetch
import Intake
import Testing

@Suite struct `Which failures are tried again` {
  private func error(_ remedy: FetchError.Remedy) throws -> FetchError {
    FetchError(Request(.get, try RedactedURL("https://example.org/")), remedy, .status(500))
  }

  @Test func `Three tries, with a random part of a pause that doubles up to its ceiling`() throws {
    let error = try error(.again(after: nil))
    var policy = RetryPolicy()
    #expect(policy.pause(after: error, triesDone: 1, random: 0) == .zero)
    #expect(policy.pause(after: error, triesDone: 1, random: 0.5) == .milliseconds(500))
    #expect(policy.pause(after: error, triesDone: 2, random: 0.5) == .seconds(1))
    #expect(policy.pause(after: error, triesDone: 3, random: 0.5) == nil)
    policy.tries = 100
    #expect(policy.pause(after: error, triesDone: 99, random: 0.5) == .seconds(15))
  }

  @Test func `A pause that the server asked for is kept, and one too long is left to the next turn`() throws {
    let policy = RetryPolicy()
    let asked = try error(.again(after: .seconds(20)))
    #expect(policy.pause(after: asked, triesDone: 1, random: 0.5) == .milliseconds(20_500))
    #expect(policy.pause(after: try error(.again(after: .seconds(121))), triesDone: 1, random: 0.5) == nil)
  }

  @Test(arguments: [FetchError.Remedy.notAgain, .renewCredentials, .refused, .cancelled])
  func `What would fail again is not tried again`(remedy: FetchError.Remedy) throws {
    #expect(RetryPolicy().pause(after: try error(remedy), triesDone: 1, random: 0.5) == nil)
  }
}
