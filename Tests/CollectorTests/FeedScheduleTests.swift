import Collector
import FeedSupport
import Feeds
import Market
import Store
import Testing

@Suite struct `A feed's schedule` {
  private let london: LondonClock
  private let feeds: TestFeeds

  init() throws {
    london = try TestFeeds.london()
    feeds = try TestFeeds(environment: [:], clock: TestClock("2028-01-01T00:00:00Z"))
  }

  private func instant(_ text: String) throws -> Instant { try #require(Instant(text)) }
  private func date(_ text: String) throws -> SettlementDate { try #require(SettlementDate(text)) }

  private func feed(
    _ schedule: Schedule, span: RequestSpan = .settlementDay, revisit: Revisit = Revisit()
  ) -> Feed {
    Feed(
      id: "prices", description: "", source: "",
      host: Host(id: "h", baseURL: "http://127.0.0.1", rate: .unlimited, atOnce: 1, isStrict: false),
      request: RequestTemplate(path: "/"), span: span, reading: .axleSchedule(assets: []), schedule: schedule,
      revisit: revisit)
  }

  private func follower(_ feed: Feed, from start: Instant, _ source: Source? = nil) throws -> Follower {
    try #require(Follower(feed, from: start, source: source ?? Source(london: london)))
  }

  @Test func `Through a leap year each day is asked for once a period until it is whole, then until it is final`() throws
  {
    let prices = try feeds.feed("elexon-system-price")
    var service = try follower(prices, from: try instant("2027-12-30T12:00:10Z"))
    service.follow(until: try instant("2029-01-03T12:00:00Z"))
    let requests = service.requests
    var counts: [Int: Int] = [:]
    let first = try date("2028-01-01")
    for offset in 0..<366 {
      let day = first.advanced(by: offset)
      // A round after each of its periods has ended, and one for each half hour of the day until the second run.
      #expect(requests[day] == day.periodCount(in: london) + 48, "\(day)")
      counts[day.periodCount(in: london), default: 0] += 1
    }
    #expect(counts == [48: 364, 46: 1, 50: 1])
    #expect(service.asked.allSatisfy { $0.reason == .round } && service.schedule.missedRounds == 0)
  }

  @Test func `A value that comes late is asked for each minute, and seen within a minute of its publication`() throws {
    var source = Source(london: london)
    source.firstLag = { .seconds(840 + Int($0.microseconds / 1_800_000_000) * 37 % 300) }
    let prices = try feeds.feed("elexon-system-price")
    var service = try follower(prices, from: try instant("2028-03-25T12:00:10Z"), source)
    service.follow(until: try instant("2028-03-28T00:00:00Z"))
    var time = try date("2028-03-26").start(in: london)
    let end = try date("2028-03-27").start(in: london)
    while time < end {
      let published = time.advanced(by: .minutes(30) + source.firstLag(time))
      let expected = max(published, time.advanced(by: .minutes(45)))
      let seen = try #require(service.asked.first { $0.at >= expected && $0.window?.contains(time) ?? false })
      #expect(seen.at.since(expected) <= .seconds(62), "\(time)")
      time = time.advanced(by: .minutes(30))
    }
  }

  @Test func `A value that never comes is asked for less and less`() throws {
    var source = Source(london: london)
    let lost = try instant("2028-02-28T10:00:00Z")
    source.firstLag = { $0 >= lost ? .days(300) : .minutes(15) }
    let prices = try feeds.feed("elexon-system-price")
    var service = try follower(prices, from: try instant("2028-02-27T12:00:10Z"), source)
    service.follow(until: try instant("2028-03-09T00:00:00Z"))
    let hours = (0..<12).map { hour in
      service.asked.count {
        let since = $0.at.since(lost.advanced(by: .minutes(45) + .hours(hour)))
        return $0.reason == .missing && since >= .zero && since < .hours(1)
      }
    }
    #expect((15...30).contains(hours[0]) && (2...10).contains(hours[2]) && hours[8] <= 1, "\(hours)")
    // The days behind it are given up after a week, each.
    let last = try #require(service.asked.last { $0.window?.contains(lost) ?? false })
    #expect(last.at <= (try date("2028-03-07")).start(in: london).advanced(by: .minutes(31)))
  }

  @Test func `A machine that slept for four days asks for what is new first, then for each missed day, oldest first`()
    throws
  {
    let prices = try feeds.feed("elexon-system-price")
    var service = try follower(prices, from: try instant("2028-06-01T12:00:10Z"))
    service.follow(until: try instant("2028-06-03T12:00:00Z"))
    let before = service.asked.count
    service.now = try instant("2028-06-09T12:00:05Z")
    service.follow(until: service.now.advanced(by: .minutes(10)))
    let asked = service.asked[before...]
    let days = asked.compactMap { $0.window?.settlementDates(in: london).first?.description.suffix(2) }
    #expect(days == ["09", "08", "07", "02", "03", "04", "05", "06"], "\(days)")
    #expect(asked.dropFirst(3).allSatisfy { $0.reason == .revisit })
    #expect(service.schedule.missedRounds > 200)
  }

  @Test func `Another run takes up where the last left off, and makes up for at most a month`() throws {
    let prices = try feeds.feed("elexon-system-price")
    let stopped = try instant("2028-06-03T12:00:00Z")
    for (away, made) in [(5, 6), (60, 31)] {
      let now = stopped.advanced(by: .days(away))
      var service = try follower(prices, from: now)
      let reply = Source(london: london).reply(try date("2028-06-01").window(in: london), at: stopped)
      service.schedule.resume(
        FeedHistory(
          lastSuccessAt: stopped,
          replies: [
            FeedHistory.Reply(
              window: try #require(reply.window), observedAt: stopped, observations: 96, leastAge: reply.leastAge)
          ]), now: now)
      service.follow(until: now.advanced(by: .minutes(10)))
      let days = service.asked.compactMap { $0.window?.settlementDates(in: london).first }
      #expect(Set(days).count == days.count && days.count == made + 1, "\(days)")
      #expect(days.first == SettlementDate(containing: now, in: london))
      #expect(Array(days.dropFirst(3)) == days.dropFirst(3).sorted())
    }
  }

  @Test func `A clock set back or forward by an hour neither skips nor repeats a daily round, nor stops a frequent one`()
    throws
  {
    let daily = feed(Schedule(every: .days(1), offset: .hours(6), jitter: .minutes(30), lookback: .zero), span: .wholeFile)
    let often = feed(Schedule(every: .minutes(5), lookback: .days(2)), span: .days(6))
    for change in [Duration.hours(-1), .hours(1)] {
      for hour in [5, 6, 7, 23] {
        var service = try follower(daily, from: try instant("2028-10-28T02:00:00Z"))
        service.follow(until: try instant("2028-10-29T0\(min(hour, 9)):20:00Z"), look: .minutes(1))
        service.now = service.now.advanced(by: change)
        service.follow(until: try instant("2028-11-01T00:00:00Z"), look: .minutes(1))
        // One at the start, then at six each day.
        #expect(service.asked.count == 1 + 4, "\(hour) \(change): \(service.asked.map(\.at))")
      }
      var frequent = try follower(often, from: try instant("2028-03-26T00:58:00Z"))
      frequent.follow(until: try instant("2028-03-26T03:00:00Z"), look: .minutes(1))
      let before = frequent.asked.count
      frequent.now = frequent.now.advanced(by: change)
      let jumped = frequent.now
      frequent.follow(until: jumped.advanced(by: .hours(2)), look: .minutes(1))
      #expect((22...26).contains(frequent.asked.count - before))
    }
  }

  @Test func `A feed that fails is asked again after growing pauses, never longer than its interval`() throws {
    let prices = try feeds.feed("elexon-system-price")
    var service = try follower(prices, from: try instant("2028-06-01T12:00:10Z"))
    service.follow(until: try instant("2028-06-01T13:00:00Z"))
    service.isReachable = false
    let before = service.asked.count
    service.follow(until: try instant("2028-06-01T16:00:00Z"))
    let today = service.asked[before...].filter { $0.window?.contains($0.at) ?? false }
    let pauses = zip(today, today.dropFirst()).map { $1.at.since($0.at) }
    #expect(pauses.allSatisfy { $0 >= .minutes(1) && $0 <= .minutes(30) } && today.count < 20, "\(pauses)")
    service.isReachable = true
    service.follow(until: try instant("2028-06-01T17:00:00Z"))
    let next = service.schedule.next(at: service.now)
    #expect(next == .wait(until: try instant("2028-06-01T17:15:00Z")), "\(next) \(service.asked.suffix(5))")
  }

  @Test func `A window is revisited at the ages its feed names, each once, and one that was overtaken at once`() throws {
    let index = feed(
      Schedule(every: .hours(1), lookback: .days(1)), revisit: Revisit(ages: [.days(3), .days(5)], limit: .days(5)))
    var service = try follower(index, from: try instant("2028-06-01T12:00:10Z"))
    service.follow(until: try instant("2028-06-12T12:00:00Z"))
    let day = try date("2028-06-04")
    let revisits = service.asked.filter { $0.reason == .revisit && $0.window == day.window(in: london) }
    let ages = revisits.map { $0.at.since(day.window(in: london).to) }
    #expect(ages.count == 2 && zip(ages, [Duration.days(3), .days(5)]).allSatisfy { $0 - $1 < .seconds(5) }, "\(ages)")
    service.follow(until: try instant("2028-06-12T12:30:00Z"))
    service.schedule.ask(again: [day.window(in: london), day.window(in: london)])
    #expect(service.schedule.next(at: service.now) == .ask(day.window(in: london), .overtaken))
    service.schedule.answered(day.window(in: london), by: service.source.reply(day.window(in: london), at: service.now))
    #expect(service.schedule.next(at: service.now) == .wait(until: try instant("2028-06-12T13:00:00Z")))
  }

  @Test func `One round asks for the days it looks back on, newest first`() throws {
    let noon = try instant("2025-10-27T12:00:00Z")
    func windows(_ id: String, _ now: Instant) throws -> [Window?] {
      FeedSchedule.windows(of: try feeds.feed(id), at: now, in: london)
    }
    let days = ["2025-10-27", "2025-10-26", "2025-10-25"]
    #expect(try windows("elexon-system-price", noon) == days.map { try feeds.days($0) })
    // At midnight the day that begins is among them.
    let midnight = try feeds.days("2025-10-27").from
    #expect(try windows("elexon-system-price", midnight).first == (try feeds.days("2025-10-27")))
    #expect(try windows("elexon-portal-best-view", noon) == [nil])
    #expect(try windows("elexon-portal-market-index", noon).isEmpty)
    #expect(try windows("modo-niv-live", noon) == [try feeds.days("2025-10-26", "2025-10-27")])
  }
}
