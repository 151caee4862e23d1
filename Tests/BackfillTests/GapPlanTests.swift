import Backfill
import FeedSupport
import Feeds
import Market
import Support
import Testing

@Suite struct `A plan that fills gaps` {
  private func feeds() throws -> TestFeeds { try TestFeeds(environment: [:], clock: try TestClock("2025-12-01T12:00:00Z")) }

  private func window(_ from: String, _ to: String) throws -> Window {
    Window(from: try #require(Instant(from)), to: try #require(Instant(to)))
  }

  @Test func `A day is asked for once and whole, however many gaps it has, newest first`() throws {
    let feeds = try feeds()
    let gaps = [
      try window("2025-03-30T00:00:00Z", "2025-03-30T00:30:00Z"), try window("2025-03-30T05:00:00Z", "2025-03-30T06:00:00Z"),
      try window("2025-04-01T22:30:00Z", "2025-04-01T23:30:00Z"),
    ]
    let plan = Plan(feed: try feeds.feed("elexon-system-price"), filling: gaps, in: feeds.london)
    #expect(plan.windows == [try feeds.days("2025-04-02"), try feeds.days("2025-04-01"), try feeds.days("2025-03-30")])
    #expect(plan.periods == 48 + 48 + 46)
  }

  @Test func `A request of several days spans what lies between gaps rather than ask twice`() throws {
    let feeds = try feeds()
    let gaps = try ["2025-10-20", "2025-10-25", "2025-10-26", "2025-11-20"].map { try feeds.days($0) }
    let plan = Plan(feed: try feeds.feed("elexon-market-index"), filling: gaps, in: feeds.london)
    #expect(
      plan.windows == [
        try feeds.days("2025-11-20"), try feeds.days("2025-10-26"), try feeds.days("2025-10-20", "2025-10-25"),
      ])
  }

  @Test func `Yearly files are asked for a year each, a whole file once, and days that no provider has not at all`() throws {
    let feeds = try feeds()
    let gaps = try ["2018-12-31", "2023-12-31", "2024-01-01", "2024-07-01"].map { try feeds.days($0) }
    let yearly = Plan(feed: try feeds.feed("elexon-portal-market-index"), filling: gaps, in: feeds.london)
    #expect(
      yearly.windows == [
        try feeds.days("2024-01-01", "2024-07-01"), try feeds.days("2023-12-31"), try feeds.days("2018-12-31"),
      ])
    let whole = Plan(feed: try feeds.feed("elexon-portal-best-view"), filling: gaps, in: feeds.london)
    #expect(whole.windows == [try feeds.days("2018-12-31", "2024-07-01")])
    #expect(Plan(feed: try feeds.feed("elexon-system-price"), filling: gaps, in: feeds.london).windows.count == 3)
    #expect(Plan(feed: try feeds.feed("elexon-system-price"), filling: [], in: feeds.london).windows.isEmpty)
  }
}
