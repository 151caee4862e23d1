import FeedSupport
import Feeds
import Glibc
import Intake
import Market
import Support
import Synchronization
import Testing

@testable import Collector

@Suite(.timeLimit(.minutes(5))) struct `A feed that is told to end` {
  private static let feed = "elexon-system-price"

  /// Waits end when their task is cancelled, and not before; counts those that began.
  private final class Waits: Sendable {
    private let begun = Mutex(0)
    var count: Int { begun.withLock { $0 } }

    func pacing(_ clock: TestClock) -> Pacing {
      Pacing(
        now: { clock.now },
        sleep: { [self] _ in
          begun.withLock { $0 += 1 }
          while true { try await Task.sleep(for: .hours(1)) }
        }, random: { 0.5 })
    }
  }

  private func withRunner(
    _ feeds: TestFeeds, _ pacing: Pacing, of feed: String = Self.feed,
    _ body: @Sendable (_ runner: FeedRunner, _ run: Task<Void, Never>, TestDatabase) async throws -> Void
  ) async throws {
    try await TestDatabase.with { database in
      let surroundings = try await feeds.surroundings(database)
      let intake = try feeds.intake(try feeds.feed(feed), pacing: pacing)
      let delivery = Delivery(feed: feed, surroundings, hasWaiting: false)
      let made = FeedRunner(intake, delivery: delivery, surroundings, term: { nil }, isOurs: { true })
      let runner = try #require(made)
      let run = Task { await runner.run() }
      await runner.hold()
      try await body(runner, run, database)
    }
  }

  @Test func `Gives up at once what only waits for another try`() async throws {
    let server = try LoopbackServer { _, connection in
      connection.reply("out of order", status: "503 Service Unavailable", type: "text/plain")
    }
    defer { server.stop() }
    let clock = try TestClock("2025-11-20T12:00:00Z")
    let waits = Waits()
    try await withRunner(try TestFeeds(server: server, clock: clock), waits.pacing(clock)) { runner, run, _ in
      while waits.count == 0 { await Task.yield() }
      #expect(server.requests.count == 1)
      await runner.end()
      // Nobody cancels it: without that it would wait for its next try for ever.
      await run.value
      #expect(server.requests.count == 1)
    }
  }

  @Test func `Gives up at once a token that is still to come`() async throws {
    let server = try LoopbackServer { _, connection in connection.hold() }
    defer { server.stop() }
    let clock = try TestClock("2025-11-20T12:00:00Z")
    let feeds = try TestFeeds(server: server, clock: clock)
    try await withRunner(feeds, clock.pacing, of: "axle-battery-schedule") { runner, run, _ in
      while server.requests.isEmpty { await Task.yield() }
      #expect(server.requests.first?.path == "/auth/token-form")
      await runner.end()
      // Nobody cancels it: without that it would wait for its token until the server gives up.
      await run.value
      #expect(server.requests.count == 1)
      while server.closedByClient == 0 { await Task.yield() }
    }
  }

  @Test func `Finishes and loads what is under way`() async throws {
    let mayAnswer = Mutex(false)
    let server = try LoopbackServer { request, connection in
      let day = request.path.suffix(10)
      while !mayAnswer.withLock({ $0 }) { usleep(1_000) }
      connection.reply(
        #"{"data":[{"settlementDate":"\#(day)","settlementPeriod":1,"systemSellPrice":5,"netImbalanceVolume":1}]}"#)
    }
    defer { server.stop() }
    let clock = try TestClock("2025-11-20T12:00:00Z")
    let feeds = try TestFeeds(server: server, clock: clock)
    try await withRunner(feeds, clock.pacing) { runner, run, database in
      while server.requests.isEmpty { await Task.yield() }
      await runner.end()
      mayAnswer.withLock { $0 = true }
      await run.value
      let rows = try await database.contents()
      #expect(rows.count == 2)
      #expect(server.requests.count == 1)
    }
  }
}
