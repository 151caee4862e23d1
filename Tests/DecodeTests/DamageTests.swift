import Feeds
import Foundation
import Market
import Testing

@testable import Decode

@Suite struct `Damaged replies` {
  let london: LondonClock
  let systemPrice: Decoder
  let window: Window

  init() throws {
    london = try systemLondon()
    systemPrice = Decoder(TestFeeds.systemPrice, london: london)
    window = try day("2026-08-01").window(in: london)
  }

  private func reply(_ name: String) throws -> [UInt8] {
    let folder = `Recorded and odd replies`.folder
    return Array(try Data(contentsOf: folder.appendingPathComponent(name)))
  }

  @Test(arguments: [
    "elexon-recorded-18-decimals", "escaped-keys-and-text", "number-forms", "unknown-fields", "next-page-escaped",
    "numbers-as-text-allowed",
  ])
  func `JSON cut off at any byte is an error, never a part of the day`(name: String) throws {
    let bytes = try reply(name + "/reply.json")
    let ask = String(decoding: try reply(name + "/ask.txt"), as: UTF8.self).split(whereSeparator: \.isWhitespace)
    let decoder = Decoder(try #require(TestFeeds.byID[String(ask[0])]), london: london)
    var end = bytes.count
    while end > 0, bytes[end - 1] <= 0x20 { end -= 1 }
    for count in 0..<end {
      let cut = Array(bytes[..<count])
      #expect(throws: DecodeError.self, "cut after \(count)") {
        try decoder.decode(cut.span, window: nil, observedAt: observedAt)
      }
    }
    #expect(throws: Never.self) { try decoder.decode(bytes.span, window: nil, observedAt: observedAt) }
  }

  @Test func `CSV cut off at any byte never stops the program`() throws {
    for name in ["portal-crlf", "portal-quotes", "portal-bad-cells", "portal-market-index"] {
      let bytes = try reply(name + "/reply.csv")
      let feed = name == "portal-market-index" ? TestFeeds.portalMarketIndex : TestFeeds.bestView
      let decoder = Decoder(feed, london: london)
      for count in 0..<bytes.count {
        let cut = Array(bytes[..<count])
        let page = try? decoder.decode(cut.span, window: nil, observedAt: observedAt)
        if let counts = page?.batch.counts { #expect(counts.rejected <= counts.records) }
      }
    }
  }

  @Test func `Random damage yields an error or records that are told apart, and never stops the program`() throws {
    var random = SeededNumbers(state: 6)
    let names = `Recorded and odd replies`.names()
    var (errors, pages) = (0, 0)
    for name in names {
      let ask = String(decoding: try reply(name + "/ask.txt"), as: UTF8.self).split(whereSeparator: \.isWhitespace)
      let feed = try #require(TestFeeds.byID[String(ask[0])])
      let bytes = try reply(name + (feed.format == .json ? "/reply.json" : "/reply.csv"))
      guard !bytes.isEmpty, bytes.count < 4_000 else { continue }
      let decoder = Decoder(feed, london: london)
      for _ in 0..<200 {
        var damaged = bytes
        for _ in 0..<Int.random(in: 1...6, using: &random) {
          let place = Int.random(in: 0..<damaged.count, using: &random)
          switch Int.random(in: 0..<4, using: &random) {
          case 0: damaged[place] = UInt8.random(in: 0...255, using: &random)
          case 1: damaged[place] = Array("\"\\{}[],:-.e0,\n\r\u{0}".utf8).randomElement(using: &random) ?? 0
          case 2 where damaged.count > 1: damaged.remove(at: place)
          default: damaged.insert(damaged[place], at: Int.random(in: 0...damaged.count, using: &random))
          }
        }
        do {
          let page = try decoder.decode(damaged.span, window: nil, observedAt: observedAt)
          pages += 1
          let counts = page.batch.counts
          if counts.filtered + counts.outside + counts.rejected > counts.records {
            Issue.record("\(name): more than its records: \(counts)")
          }
          let isOrdered = zip(page.batch.observations, page.batch.observations.dropFirst()).allSatisfy {
            ($1.time, $0.signal) < ($0.time, $1.signal)
          }
          if !isOrdered { Issue.record("\(name): not newest first, or twice") }
          if page.batch.observations.contains(where: { !$0.value.isFinite }) { Issue.record("\(name): not finite") }
          if page.batch.rejects.contains(where: { $0.value.utf8.contains { $0 < 0x20 } }) {
            Issue.record("\(name): a reject that PostgreSQL cannot keep")
          }
        } catch { errors += 1 }
      }
    }
    #expect(errors > 2_000 && pages > 1_000)
  }

  @Test func `Noise is an error`() {
    var random = SeededNumbers(state: 7)
    for _ in 0..<3_000 {
      let noise = (0..<Int.random(in: 0..<200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      for prefix in ["", "{", "[", "{\"data\":["] {
        let bytes = Array(prefix.utf8) + noise
        #expect(throws: DecodeError.self) { try systemPrice.decode(bytes.span, window: nil, observedAt: observedAt) }
      }
    }
  }

  @Test(arguments: ["[", "{\"a\":", "[{\"a\":[", "{\"data\":", "{\"data\":[", "[[],"])
  func `Nesting without end is an error and no stack overflow`(piece: String) throws {
    let bomb = String(repeating: piece, count: 200_000)
    for text in [bomb, "{\"x\":" + bomb, "{\"data\":[" + bomb, "{\"data\":[{\"systemSellPrice\":" + bomb] {
      #expect(throws: DecodeError.self) { try systemPrice.decode(text) }
    }
  }

  @Test func `Nesting as deep as any feed has is read`() throws {
    let deep = String(repeating: "[", count: 60) + String(repeating: "]", count: 60)
    #expect(try systemPrice.decode("{\"x\":\(deep),\"data\":[]}").batch.counts.records == 0)
  }

  @Test func `A reply that is bad throughout says so a hundred times and counts the rest`() throws {
    let rows = Array(repeating: #"{"settlementDate":"x"}"#, count: 5_000).joined(separator: ",")
    let batch = try systemPrice.decode("{\"data\":[\(rows)]}", window: window).batch
    #expect(batch.rejects.count == 100 && batch.counts.rejected == 5_000 && batch.observations.isEmpty)
  }

  @Test func `Thousands of records of one period are told apart in no time`() throws {
    let rows = (0..<20_000).map {
      #"{"settlementDate":"2026-08-01","settlementPeriod":1,"systemSellPrice":\#($0),"netImbalanceVolume":1}"#
    }
    let batch = try systemPrice.decode("{\"data\":[\(rows.joined(separator: ","))]}", window: window).batch
    #expect(batch.observations.map(\.signal) == [101])
    #expect(batch.counts.rejected == 20_000)
  }

  @Test func `An error tells in one short line how the reply begins, and its sample holds no more than 4 KiB`() throws {
    let page = "<html>\r\n\u{1B}[31m\u{202E}\0" + String(repeating: "x", count: 10_000)
    let error = try #require(throws: DecodeError.self) { try systemPrice.decode(page) }
    #expect(error.description.hasSuffix("…") && error.description.utf8.count < 300)
    #expect(!error.description.contains("\u{1B}") && !error.description.contains("\n"))
    #expect(error.sample.hasPrefix("<html>\r\n\u{FFFD}[31m\u{FFFD}\u{FFFD}xxx"))
    #expect((4_080...4_096).contains(error.sample.unicodeScalars.count))
    let line = String(repeating: "column", count: 100_000)
    let bestView = Decoder(TestFeeds.bestView, london: london)
    let missing = try #require(throws: DecodeError.self) { try bestView.decode(line) }
    #expect(missing.description.utf8.count < 700)
  }

  @Test func `A long or unprintable value is cut and cleaned in its reject`() throws {
    let text = "\u{1}é" + String(repeating: "9", count: 500) + "x"
    let batch = try Decoder(TestFeeds.telemetry, london: london)
      .decode(#"[{"at":"2026-08-01T00:00Z","meter":"m1","power":"\#(text)"}]"#).batch
    let value = try #require(batch.rejects.first?.value)
    #expect(value.utf8.count <= 100 && value.hasPrefix(" é999"))
  }
}
