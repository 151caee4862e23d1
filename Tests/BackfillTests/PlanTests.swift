import Backfill
import FeedSupport
import Feeds
import Market
import Support
import Testing

@Suite struct `A plan of a backfill` {
  private let now = Instant("2025-12-01T12:00:00Z") ?? Instant(seconds: 0)

  private func feeds() throws -> TestFeeds { try TestFeeds(environment: [:], clock: TestClock(now)) }

  @Test func `A feed by name is asked for every day given, future ones too, newest first`() throws {
    let feeds = try feeds()
    let range = try feeds.days("2025-11-30", "2026-01-02")
    let plan = Plan(feed: try feeds.feed("elexon-system-price"), range: range, in: feeds.london)
    #expect(plan.windows.count == 34 && plan.periods == 34 * 48 && plan.choice == nil)
    #expect(plan.windows.first?.to == range.to && plan.windows.last?.from == range.from)
    #expect(plan.windows == plan.windows.sorted { $0.from > $1.from })
    // Before the first day that the feed says it has: asked for by name, hence asked.
    let early = Plan(
      feed: try feeds.feed("elexon-system-price"), range: try feeds.days("2010-01-01"), in: feeds.london)
    #expect(early.windows.count == 1)
  }

  @Test func `A range of instants asks for the whole days that it touches`() throws {
    let feeds = try feeds()
    let range = Window(
      from: try #require(Instant("2025-03-29T23:30:00Z")), to: try #require(Instant("2025-03-30T23:00:01Z")))
    let plan = Plan(feed: try feeds.feed("elexon-system-price"), range: range, in: feeds.london)
    #expect(
      plan.windows == [try feeds.days("2025-03-31"), try feeds.days("2025-03-30"), try feeds.days("2025-03-29")])
    let nothing = Window(from: range.from, to: range.from)
    for id in ["elexon-system-price", "elexon-market-index", "elexon-portal-best-view", "elexon-portal-market-index"] {
      #expect(Plan(feed: try feeds.feed(id), range: nothing, in: feeds.london).windows.isEmpty, "\(id)")
    }
  }

  @Test func `Yearly files are asked for a year each, windows of days by their length`() throws {
    let feeds = try feeds()
    let range = try feeds.days("2023-06-01", "2025-02-01")
    let yearly = Plan(feed: try feeds.feed("elexon-portal-market-index"), range: range, in: feeds.london)
    #expect(
      yearly.windows == [
        try feeds.days("2025-01-01", "2025-02-01"), try feeds.days("2024-01-01", "2024-12-31"),
        try feeds.days("2023-06-01", "2023-12-31"),
      ])
    let index = Plan(
      feed: try feeds.feed("elexon-market-index"), range: try feeds.days("2025-10-20", "2025-11-01"), in: feeds.london)
    #expect(index.windows.count == 3 && index.periods == 13 * 48 + 2)
    #expect(index.windows.allSatisfy { $0.halfHours <= 6 * 48 + 2 })
  }

  @Test func `A signal takes the feed that has most of the range, the live one among equals, and says so`() throws {
    let feeds = try feeds()
    func plan(_ first: String, _ last: String, _ available: [Feed]) throws -> Plan {
      try #require(
        Plan(
          signal: .wholesalePrice, range: try feeds.days(first, last), available: available, now: now,
          in: feeds.london))
    }
    let equal = try plan("2024-01-01", "2024-12-31", feeds.catalog.feeds)
    #expect(equal.feed.id == "elexon-market-index")
    #expect(equal.choice == "elexon-market-index supplies wholesale_price (elexon-portal-market-index could too)")
    let older = try plan("2017-01-01", "2024-12-31", feeds.catalog.feeds)
    #expect(older.feed.id == "elexon-portal-market-index")
    // Without the Portal's key it is as much as there is.
    let alone = try plan("2017-01-01", "2019-01-03", feeds.catalog.feeds.filter { $0.auth.requiredSettings.isEmpty })
    #expect(alone.feed.id == "elexon-market-index" && alone.periods == 3 * 48)
    #expect(alone.choice == "elexon-market-index supplies wholesale_price from 2019-01-01 on")
  }

  @Test func `A signal asks for no day after tomorrow's beginning`() throws {
    let feeds = try feeds()
    let plan = try #require(
      Plan(
        signal: .imbalancePrice, range: try feeds.days("2025-11-30", "2025-12-24"), available: feeds.catalog.feeds,
        now: now, in: feeds.london))
    #expect(plan.windows == [try feeds.days("2025-12-01"), try feeds.days("2025-11-30")])
    let none = try #require(
      Plan(
        signal: .imbalancePrice, range: try feeds.days("2010-01-01", "2010-02-01"), available: feeds.catalog.feeds,
        now: now, in: feeds.london))
    #expect(none.windows.isEmpty)
    #expect(none.choice == "elexon-system-price supplies imbalance_price, but nothing of these days")
    let unknown = Signal(id: 1_001, name: "frequency", unit: Unit("Hz"))
    #expect(
      Plan(
        signal: unknown, range: try feeds.days("2025-01-01"), available: feeds.catalog.feeds, now: now,
        in: feeds.london) == nil)
  }

  @Test func `It says how long the host's rate makes it at the least`() throws {
    let feeds = try feeds()
    let plan = Plan(
      feed: try feeds.feed("elexon-system-price"), range: try feeds.days("2024-01-01", "2024-10-26"), in: feeds.london)
    #expect(plan.windows.count == 300 && plan.leastTime == .seconds(60))
  }
}
