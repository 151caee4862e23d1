import FeedSupport
import Fetch
import Intake
import Market
import Support
import Synchronization
import Testing

private let emptyDay = #"{"data": []}"#

@Suite struct `A request that fails` {
  /// Answers with each of these in turn, then with an empty day.
  private func server(_ answers: [@Sendable (LoopbackServer.Connection) -> Void]) throws -> LoopbackServer {
    let asked = Mutex(0)
    return try LoopbackServer { _, connection in
      let number = asked.withLock { count in
        defer { count += 1 }
        return count
      }
      if number < answers.count { answers[number](connection) } else { connection.reply(emptyDay) }
    }
  }

  @Test func `Is tried three times in all, and each try spends a permit`() async throws {
    let server = try server(
      (0..<3).map { _ in { $0.reply("out of order", status: "503 Service Unavailable", type: "text/plain") } })
    defer { server.stop() }
    let clock = try TestClock("2025-12-01T12:00:00Z")
    let feeds = try TestFeeds(server: server, clock: clock, changes: ["FLUX_HOST_ELEXON_RATE": "1"])
    let start = clock.now
    let error = await #expect(throws: FetchError.self) {
      try await feeds.intake("elexon-system-price").read(try feeds.days("2025-11-20"))
    }
    #expect(error?.status == 503 && server.requests.count == 3)
    // At one call a minute the third began two minutes after the first.
    #expect(clock.now >= start.advanced(by: .minutes(2)))
    #expect(try await feeds.intake("elexon-system-price").read(try feeds.days("2025-11-20")).observations.isEmpty)
    #expect(clock.now >= start.advanced(by: .minutes(3)))
  }

  @Test func `A web page and a broken connection are tried again, and then the data come`() async throws {
    let server = try server([
      { $0.reply("<html>under repair</html>", type: "text/html") }, { $0.hangUp(abruptly: true) },
    ])
    defer { server.stop() }
    let feeds = try TestFeeds(server: server, clock: try TestClock("2025-12-01T12:00:00Z"))
    let batch = try await feeds.intake("elexon-system-price").read(try feeds.days("2025-11-20"))
    #expect(batch.counts.records == 0 && server.requests.count == 3)
  }

  @Test(arguments: ["400 Bad Request", "404 Not Found", "403 Forbidden", "401 Unauthorized"])
  func `Is not tried again where the answer would be the same`(status: String) async throws {
    let server = try server([{ $0.reply("no", status: status, type: "text/plain") }])
    defer { server.stop() }
    let feeds = try TestFeeds(server: server, clock: try TestClock("2025-12-01T12:00:00Z"))
    await #expect(throws: FetchError.self) {
      try await feeds.intake("elexon-system-price").read(try feeds.days("2025-11-20"))
    }
    #expect(server.requests.count == 1)
  }

  @Test func `A server that asks for a pause is left alone by all of its feeds`() async throws {
    let server = try LoopbackServer { request, connection in
      if request.path.contains("niv-live") {
        connection.reply("slow down", status: "429 Too Many Requests", headers: ["Retry-After: 600"])
      } else {
        connection.reply(#"{"next": null, "results": []}"#)
      }
    }
    defer { server.stop() }
    let clock = try TestClock("2025-12-01T12:00:00Z")
    let feeds = try TestFeeds(server: server, clock: clock)
    let start = clock.now
    // Ten minutes are longer than a try waits, so that feed gives up at once.
    await #expect(throws: FetchError.self) {
      try await feeds.intake("modo-niv-live").read(try feeds.days("2025-11-20"))
    }
    #expect(clock.now == start && server.requests.count == 1)
    _ = try await feeds.intake("modo-system-price-live").read(try feeds.days("2025-11-20"))
    #expect(clock.now >= start.advanced(by: .seconds(600)) && server.requests.count == 2)
  }

  @Test func `A cancelled read says so, and breaks its transfer off`() async throws {
    let server = try LoopbackServer { _, connection in connection.hold() }
    defer { server.stop() }
    let feeds = try TestFeeds(server: server, clock: try TestClock("2025-12-01T12:00:00Z"))
    let task = Task { try await feeds.intake("elexon-system-price").read(try feeds.days("2025-11-20")) }
    while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
