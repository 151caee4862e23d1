import Feeds
import Market
import Testing

@Suite struct `What a feed promises for every half hour` {
  @Test func `Six of the seven promise a value, the batteries' schedule does not`() throws {
    #expect(try catalog().feeds.filter { !$0.isHalfHourly }.map(\.id) == ["axle-battery-schedule"])
  }

  @Test func `It should be here half an hour after the first round that can have it`() throws {
    let catalog = try catalog()
    let expected: [String: Duration?] = [
      "elexon-system-price": .minutes(30 + 15 + 30), "elexon-market-index": .minutes(30 + 5 + 30),
      "modo-niv-live": .minutes(30 + 2 + 30), "elexon-portal-best-view": nil, "elexon-portal-market-index": nil,
    ]
    for (id, published) in expected { #expect(try #require(catalog[id]).publishedAfter == published, "\(id)") }
  }
}
