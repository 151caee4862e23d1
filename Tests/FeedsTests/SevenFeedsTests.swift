import Feeds
import Market
import Testing

/// The repository's root, from this file's place in it.
let repository = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

@Suite struct `The seven feeds` {
  let catalog: FeedCatalog

  init() throws {
    catalog = try FeedCatalog.load(directory: "\(repository)/feeds", signals: Signal.standard, environment: [:])
  }

  @Test func `All load, sorted by id`() {
    #expect(
      catalog.feeds.map(\.id) == [
        "axle-battery-schedule", "elexon-market-index", "elexon-portal-best-view", "elexon-portal-market-index",
        "elexon-system-price", "modo-niv-live", "modo-system-price-live",
      ])
  }
}
