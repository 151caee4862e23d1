import Collector
import FeedSupport
import Feeds
import Market
import Testing

@Suite struct `The schedule of the feeds` {
  private static let start = Instant("2026-01-01T00:00:10Z") ?? Instant(seconds: 0)

  private func feed(_ id: String, _ schedule: Schedule?) -> Feed {
    Feed(
      id: id, description: "", source: "",
      host: Host(id: "h", baseURL: "http://127.0.0.1", rate: .unlimited, atOnce: 1, isStrict: false),
      request: RequestTemplate(path: "/"), span: .wholeFile, reading: .axleSchedule(assets: []), schedule: schedule)
  }

  private var feeds: [Feed] {
    [
      feed("often", Schedule(every: .minutes(5), lookback: .days(2))),
      feed("offset", Schedule(every: .minutes(30), offset: .minutes(16), lookback: .days(1))),
      feed("daily", Schedule(every: .days(1), offset: .hours(6), jitter: .minutes(30), lookback: .days(1))),
      feed("never", nil),
    ]
  }

  private func scheduler(now: Instant = start) -> Scheduler {
    Scheduler(feeds, now: now, random: { Double.random(in: 0..<1) })
  }

  @Test func `Through a year each round comes once and at its time, clock changes or not`() throws {
    var scheduler = scheduler()
    var rounds: [String: [Instant]] = [:]
    let end = Self.start.advanced(by: .days(365))
    var now = Self.start
    while now < end {
      for feed in scheduler.due(at: now) { rounds[feed.id, default: []].append(now) }
      #expect(scheduler.due(at: now).isEmpty)
      now = try #require(scheduler.nextDeadline)
    }
    #expect(Set(rounds.keys) == ["often", "offset", "daily"])
    // One at the start, then every multiple.
    #expect(rounds["often"]?.count == 1 + 365 * 288)
    #expect(rounds["offset"]?.count == 1 + 365 * 48)
    #expect(rounds["daily"]?.count == 1 + 365)
    for time in rounds["offset"]?.dropFirst() ?? [] {
      #expect(time.microseconds % 1_800_000_000 == 960_000_000)
    }
    for time in rounds["daily"]?.dropFirst() ?? [] {
      let sinceSix = time.microseconds % 86_400_000_000 - 6 * 3_600_000_000
      #expect(sinceSix >= 0 && sinceSix <= 1_800_000_000)
    }
    let often = rounds["often"] ?? []
    for (time, next) in zip(often.dropFirst(), often.dropFirst(2)) { #expect(next.since(time) == .minutes(5)) }
  }

  @Test func `A machine that slept for three days has one round of each feed, not all that it missed`() {
    var scheduler = scheduler()
    _ = scheduler.due(at: Self.start)
    let awake = Self.start.advanced(by: .days(3))
    #expect(scheduler.due(at: awake).map(\.id) == ["often", "offset", "daily"])
    #expect(scheduler.due(at: awake).isEmpty)
    #expect(scheduler.nextRound(of: "often") == Instant("2026-01-04T00:05:00Z"))
    #expect(scheduler.nextRound(of: "never") == nil)
  }

  @Test func `A clock set back or forward by an hour costs no feed more than two intervals`() throws {
    for change in [Duration.hours(-1), .hours(1), .days(-40), .days(40)] {
      var scheduler = scheduler()
      _ = scheduler.due(at: Self.start)
      let changed = Self.start.advanced(by: .minutes(7) + change)
      var rounds: [String: Int] = [:]
      // Looked at each minute, as the service does, for two days and an hour.
      for minute in 0...(49 * 60) {
        for feed in scheduler.due(at: changed.advanced(by: .minutes(minute))) { rounds[feed.id, default: 0] += 1 }
      }
      #expect(((49 * 12 - 2)...(49 * 12 + 1)).contains(rounds["often"] ?? 0), "\(change) \(rounds)")
      #expect(((49 * 2 - 2)...(49 * 2 + 1)).contains(rounds["offset"] ?? 0), "\(change) \(rounds)")
      #expect((1...3).contains(rounds["daily"] ?? 0), "\(change) \(rounds)")
    }
  }

  @Test func `A round asks for the days it looks back on, newest first`() throws {
    let feeds = try TestFeeds(environment: [:], clock: TestClock(Self.start))
    let london = feeds.london
    let price = try feeds.feed("elexon-system-price")
    let noon = try #require(Instant("2025-10-27T12:00:00Z"))
    #expect(
      price.liveWindows(now: noon, in: london)
        == [try feeds.days("2025-10-27"), try feeds.days("2025-10-26"), try feeds.days("2025-10-25")])
    // At midnight the day that begins is among them.
    let midnight = try feeds.days("2025-10-27").from
    #expect(price.liveWindows(now: midnight, in: london).first == (try feeds.days("2025-10-27")))
    #expect(try feeds.feed("elexon-portal-best-view").liveWindows(now: noon, in: london) == [nil])
    #expect(try feeds.feed("elexon-portal-market-index").liveWindows(now: noon, in: london).isEmpty)
    let both = try feeds.days("2025-10-26", "2025-10-27")
    #expect(try feeds.feed("modo-niv-live").liveWindows(now: noon, in: london) == [both])
  }
}
