import FeedSupport
import Feeds
import Fetch
import Intake
import Market
import Support
import Testing

@Suite struct `A password that buys a token` {
  @Test func `Is sent once, and again when the token's life is nearly over`() async throws {
    let axle = AxleStandIn()
    axle.set { $0.steps = ["b1": "", "b2": ""] }
    let server = try axle.serve()
    defer { server.stop() }
    let clock = try TestClock("2025-12-01T12:00:00Z")
    let intake = try TestFeeds(server: server, clock: clock).intake("axle-battery-schedule")
    for _ in 0..<3 { _ = try await intake.read(nil) }
    #expect(server.tokenRequests == 1 && server.scheduleRequests == 6)
    let form = server.requests.first.map { String(decoding: $0.body, as: UTF8.self) }
    #expect(form == "grant_type=password&username=somebody&password=pass%20word%264711")
    clock.advance(by: .minutes(44))
    _ = try await intake.read(nil)
    #expect(server.tokenRequests == 1)
    clock.advance(by: .minutes(2))
    _ = try await intake.read(nil)
    #expect(server.tokenRequests == 2)
  }

  @Test func `Is sent again once where the token is refused, and no more`() async throws {
    let axle = AxleStandIn()
    axle.set { $0.steps = ["b1": "", "b2": ""] }
    let server = try axle.serve()
    defer { server.stop() }
    let intake = try TestFeeds(server: server, clock: try TestClock("2025-12-01T12:00:00Z"))
      .intake("axle-battery-schedule")
    _ = try await intake.read(nil)
    axle.set { $0.revoked = ["token-1"] }
    _ = try await intake.read(nil)
    #expect(server.tokenRequests == 2 && server.scheduleRequests == 5)
    axle.set { $0.revoked = ["token-2", "token-3"] }
    let error = await #expect(throws: FetchError.self) { try await intake.read(nil) }
    #expect(error?.status == 401 && server.tokenRequests == 3 && server.scheduleRequests == 7)
    // The next round begins with a token that it has not tried.
    _ = try await intake.read(nil)
    #expect(server.tokenRequests == 4)
  }

  @Test func `Is not sent again where it is wrong, until it was changed or some time has passed`() async throws {
    let axle = AxleStandIn()
    axle.set {
      $0.steps = ["b1": "", "b2": ""]
      $0.takesPassword = false
    }
    let server = try axle.serve()
    defer { server.stop() }
    let clock = try TestClock("2025-12-01T12:00:00Z")
    let intake = try TestFeeds(server: server, clock: clock).intake("axle-battery-schedule")
    let error = await #expect(throws: CredentialError.self) { try await intake.read(nil) }
    let words = "axle refused the password (Incorrect username or password): "
    #expect(error?.description == words + "check FLUX_AXLE_USERNAME and FLUX_AXLE_PASSWORD")
    #expect(server.tokenRequests == 1 && server.scheduleRequests == 0 && clock.sleeps.isEmpty)
    clock.advance(by: .minutes(1))
    await #expect(throws: CredentialError.self) { try await intake.read(nil) }
    #expect(server.tokenRequests == 1)
    clock.advance(by: .minutes(5))
    axle.set { $0.takesPassword = true }
    _ = try await intake.read(nil)
    #expect(server.tokenRequests == 2)
  }

  @Test func `Is asked for by one of many who come at once, and spends a permit`() async throws {
    let axle = AxleStandIn()
    axle.set { $0.steps = ["b1": "", "b2": ""] }
    let server = try axle.serve()
    defer { server.stop() }
    let clock = try TestClock("2025-12-01T12:00:00Z")
    let start = clock.now
    // Strictly one call a minute, one at once: a token asked for with a permit in hand would wait for ever.
    let feeds = try TestFeeds(server: server, clock: clock, changes: ["FLUX_HOST_AXLE_RATE": "1"])
    let intake = try feeds.intake("axle-battery-schedule")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<5 { group.addTask { _ = try await intake.read(nil) } }
      try await group.waitForAll()
    }
    #expect(server.tokenRequests == 1 && server.scheduleRequests == 10)
    #expect(clock.now >= start.advanced(by: .minutes(10)))
  }

  @Test func `A battery that fails takes the round with it; without batteries nothing is asked`() async throws {
    let axle = AxleStandIn()
    axle.set { $0.steps = ["b1": step("13:00", "14:00", "charge_max")] }
    let server = try axle.serve()
    defer { server.stop() }
    let feeds = try TestFeeds(server: server, clock: try TestClock("2025-12-01T12:00:00Z"))
    let error = await #expect(throws: FetchError.self) { try await feeds.intake("axle-battery-schedule").read(nil) }
    #expect(error?.status == 500)
    let asked = server.requests.count
    let axleFeed = try feeds.feed("axle-battery-schedule")
    let none = Feed(
      id: axleFeed.id, description: "", source: "", host: axleFeed.host, request: axleFeed.request, span: .wholeFile,
      reading: .axleSchedule(assets: []), auth: axleFeed.auth)
    await #expect(throws: CredentialError.self) { try await feeds.intake(none).read(nil) }
    #expect(server.requests.count == asked)
  }

  @Test func `A credential that is not set is named`() async throws {
    let axle = AxleStandIn()
    let server = try axle.serve()
    defer { server.stop() }
    let feeds = try TestFeeds(
      server: server, clock: try TestClock("2025-12-01T12:00:00Z"),
      changes: ["FLUX_AXLE_PASSWORD": "", "FLUX_ELEXON_PORTAL_KEY": ""])
    for (id, setting) in [
      ("axle-battery-schedule", "FLUX_AXLE_PASSWORD"), ("elexon-portal-best-view", "FLUX_ELEXON_PORTAL_KEY"),
    ] {
      let error = await #expect(throws: CredentialError.self) { try await feeds.intake(id).read(nil) }
      #expect(error?.description == "\(setting) is not set: set it, or \(setting)_FILE to the file that holds it")
    }
    #expect(server.requests.isEmpty)
  }
}
