import Decode
import FeedSupport
import Feeds
import Fetch
import Intake
import Market
import Support
import Testing

@Suite struct `Reading a window` {
  @Test func `A settlement day has every half hour, newest first, also where the clocks change`() async throws {
    let clock = try TestClock("2025-12-01T12:00:00Z")
    try await TestFeeds.simulated(clock) { feeds in
      let intake = try feeds.intake("elexon-system-price")
      for (day, periods) in [("2025-03-29", 48), ("2025-03-30", 46), ("2025-10-26", 50)] {
        let window = try feeds.days(day)
        let batch = try await intake.read(window)
        #expect(batch.observations.count == 2 * periods && batch.window == window, "\(day)")
        #expect(batch.observedAt == clock.now && batch.rejects.isEmpty)
        let times = batch.observations.filter { $0.signal == Signal.imbalancePrice.id }.map(\.time)
        #expect(times == times.sorted(by: >) && times.first == window.to.advanced(by: .minutes(-30)))
      }
    }
  }

  @Test func `A window of market index keeps what it asked for and averages the providers`() async throws {
    let clock = try TestClock("2025-12-01T12:00:00Z")
    try await TestFeeds.simulated(clock) { feeds in
      let window = try feeds.days("2025-10-24", "2025-10-29")
      let batch = try await feeds.intake("elexon-market-index").read(window)
      let volumes = batch.observations.filter { $0.signal == Signal.wholesaleVolume.id }
      #expect(volumes.count == 6 * 48 + 2)
      #expect(batch.observations.allSatisfy { window.contains($0.time) })
      #expect(batch.counts.records == 2 * volumes.count)
    }
  }

  @Test func `Pages are followed to the last`() async throws {
    let clock = try TestClock("2025-12-01T12:00:00Z")
    try await TestFeeds.simulated(clock) { feeds in
      let whole = try feeds.feed("modo-niv-live")
      let window = try feeds.days("2025-11-20", "2025-11-22")
      let once = try await feeds.intake(whole).read(window)
      #expect(once.observations.count == 3 * 48)
      let small = RequestTemplate(
        path: whole.request.path, query: whole.request.query + [RequestTemplate.Pair("limit", "40")])
      let paged = Feed(
        id: whole.id, description: whole.description, source: whole.source, host: whole.host, request: small,
        span: whole.span, reading: whole.reading, paging: whole.paging, auth: whole.auth)
      let batch = try await feeds.intake(paged).read(window)
      #expect(batch.observations == once.observations)
    }
  }

  @Test func `Pages that lead back to one that was read are an error`() async throws {
    let server = try LoopbackServer { request, connection in
      let next = request.path.contains("page=b") ? "page=a" : "page=b"
      connection.reply("{\"next\": \"http://elsewhere.example/x?\(next)\", \"results\": []}")
    }
    defer { server.stop() }
    let feeds = try TestFeeds(server: server, clock: try TestClock("2025-12-01T12:00:00Z"))
    let error = await #expect(throws: DecodeError.self) {
      try await feeds.intake("modo-niv-live").read(try feeds.days("2025-11-20"))
    }
    #expect(error?.description.contains("its pages never end") == true, "\(String(describing: error))")
    // The first, b, a, and then b again is not asked for; never the host that the link names.
    #expect(server.requests.count == 3)
  }

  @Test func `The Portal's key goes out and is never printed`() async throws {
    let server = try LoopbackServer { _, connection in connection.reply("no such file", status: "404 Not Found") }
    defer { server.stop() }
    let feeds = try TestFeeds(server: server, clock: try TestClock("2025-12-01T12:00:00Z"))
    let error = await #expect(throws: FetchError.self) {
      try await feeds.intake("elexon-portal-best-view").read(nil)
    }
    #expect(server.requests.map(\.path) == ["/file/download/SSPSBPNIV_FILE?key=portal-key-4711"])
    let printed = "\(String(describing: error)) \(String(reflecting: error))"
    #expect(error?.status == 404 && !printed.contains("4711"), "\(printed)")
  }

  @Test func `The Portal's file is read whole; the page that a wrong key gets is an error`() async throws {
    let clock = try TestClock("2025-12-01T12:00:00Z")
    try await TestFeeds.simulated(clock) { feeds in
      let window = try feeds.days("2025-11-01", "2025-11-02")
      let batch = try await feeds.intake("elexon-portal-best-view").read(window)
      #expect(batch.observations.count == 2 * 96 && batch.counts.outside > 0)
    }
    try await TestFeeds.simulated(clock, changes: ["FLUX_ELEXON_PORTAL_KEY": "wrong0000000key"]) { feeds in
      let error = await #expect(throws: FetchError.self) {
        try await feeds.intake("elexon-portal-best-view").read(nil)
      }
      #expect(error?.reason == .webPage("text/html") && error?.description.contains("wrong0000") == false)
    }
  }

  @Test(arguments: [
    (#"{"data": [{"settlementDate": "#, "the reply is broken at byte"),
    (#"{"items": []}"#, "no array of records"), ("", "the reply is empty"),
    ("<html>", "an HTML or XML page"),
  ])
  func `A reply that is not what the feed describes is an error, and not asked for again`(
    body: String, words: String
  ) async throws {
    let server = try LoopbackServer { _, connection in connection.reply(body) }
    defer { server.stop() }
    let feeds = try TestFeeds(server: server, clock: try TestClock("2025-12-01T12:00:00Z"))
    let error = await #expect(throws: DecodeError.self) {
      try await feeds.intake("elexon-system-price").read(try feeds.days("2025-11-20"))
    }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    #expect(server.requests.count == 1)
  }
}
