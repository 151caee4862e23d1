import Archive
import Decode
import FeedSupport
import Feeds
import Foundation
import Intake
import Market
import Support
import Testing

extension Feed {
  /// The same, with `archive: on` in its file; with other paging or path where a test needs them.
  fileprivate func kept(path: String? = nil) -> Feed {
    Feed(
      id: id, description: description, source: source, host: host,
      request: path.map { RequestTemplate(path: $0, query: request.query) } ?? request, format: format, span: span,
      reading: reading, paging: paging, schedule: schedule, revisit: revisit, covers: covers, quality: quality,
      archive: true, auth: auth)
  }
}

@Suite struct `Replies that are kept` {
  private func withArchive(_ body: @Sendable (ReplyArchive) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "kept-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(ReplyArchive(folder: folder) { Issue.record("\($0)") })
  }

  @Test func `Read once more they are the batch that they were, and only where the feed's file asks for it`() async throws {
    let clock = try TestClock("2025-12-01T12:00:00Z")
    try await withArchive { archive in
      try await TestFeeds.simulated(clock) { feeds in
        let feed = try feeds.feed("elexon-system-price")
        let window = try feeds.days("2025-10-26")
        let intake = try feeds.intake(feed.kept(), archive: archive)
        let batch = try await intake.read(window)
        let file = try #require(archive.files(of: feed.id).first)
        let again = try intake.read(try file.read())
        #expect(again.observations == batch.observations && again.observations.count == 100)
        #expect(again.observedAt == batch.observedAt && again.window == window && again.leastAge == batch.leastAge)
        #expect(file.window == window && file.arrivedAt == clock.now)
        _ = try await feeds.intake(feed, archive: archive).read(try feeds.days("2025-10-27"))
        #expect(archive.files(of: feed.id).count == 1)
      }
    }
  }

  @Test func `Pages and batteries are kept together`() async throws {
    let clock = try TestClock("2025-12-01T12:00:00Z")
    try await withArchive { archive in
      let server = try LoopbackServer { request, connection in
        let isFirst = !request.path.contains("page=2")
        let next = isFirst ? #""http://elsewhere.example/x?page=2""# : "null"
        let record = #"{"date":"2025-11-2\#(isFirst ? 1 : 0)","settlement_period":7,"published_niv":3.5}"#
        connection.reply(#"{"next":\#(next),"results":[\#(record)]}"#)
      }
      defer { server.stop() }
      let feeds = try TestFeeds(server: server, clock: clock)
      let niv = try feeds.intake(try feeds.feed("modo-niv-live").kept(), archive: archive)
      let batch = try await niv.read(try feeds.days("2025-11-20", "2025-11-21"))
      let kept = try #require(archive.files(of: "modo-niv-live").first).read()
      #expect(kept.parts.count == 2 && kept.parts.last?.url.hasSuffix("/x?page=2") == true)
      #expect(try niv.read(kept).observations == batch.observations && batch.counts.records == 2)

      let axle = AxleStandIn()
      let schedules = try axle.serve()
      defer { schedules.stop() }
      axle.set { $0.steps = ["b1": step("13:00", "14:00", "discharge_max"), "b2": ""] }
      let plant = try TestFeeds(server: schedules, clock: clock)
      let feed = try plant.feed("axle-battery-schedule").kept()
      let round = try await plant.intake(feed, archive: archive).read(nil)
      let file = try #require(archive.files(of: feed.id).first)
      #expect(try file.read().parts.map(\.asset) == ["b1", "b2"] && file.window == nil)
      let again = try plant.intake(feed).read(try file.read())
      #expect(again.schedule == round.schedule && again.observedAt == round.observedAt)
      // What it meant for two batteries says nothing of one.
      let one = try TestFeeds(server: schedules, clock: clock, changes: ["FLUX_AXLE_ASSETS": "b1=100"])
      #expect(throws: OtherAssets.self) {
        try one.intake(try one.feed(feed.id).kept()).read(try file.read())
      }
    }
  }

  @Test func `One of which nothing could be used is kept too, and credentials never are`() async throws {
    let clock = try TestClock("2025-12-01T12:00:00Z")
    try await withArchive { archive in
      let server = try LoopbackServer { _, connection in
        connection.reply("Settlement Day,Price\r\nportal-key-4711 is your key,\u{e9}\r\n", type: "text/csv")
      }
      defer { server.stop() }
      let feeds = try TestFeeds(server: server, clock: clock)
      let feed = try feeds.feed("elexon-portal-best-view").kept()
      await #expect(throws: DecodeError.self) { try await feeds.intake(feed, archive: archive).read(nil) }
      let file = try #require(archive.files(of: feed.id).first)
      let kept = try file.read()
      let part = try #require(kept.parts.first)
      #expect(String(decoding: part.body, as: UTF8.self).contains("••• is your key"))
      #expect(!"\(kept)".contains("4711") && part.url.contains("SSPSBPNIV_FILE"), "\(part.url)")
      #expect(throws: DecodeError.self) { try feeds.intake(feed).read(kept) }
    }
  }
}
