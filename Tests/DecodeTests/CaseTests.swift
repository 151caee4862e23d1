import Feeds
import Foundation
import Market
import Testing

@testable import Decode

/// One folder a case: `ask.txt` says which feed was asked for which settlement days, `reply.*` is what came,
/// `expected.csv` what it yields, `remarks.txt` all else that is said of it. An odd reply becomes a test without Swift.
@Suite struct `Recorded and odd replies` {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Cases")

  static func names() -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
  }

  @Test func `The cases are there`() {
    #expect(Self.names().count >= 30)
  }

  @Test(arguments: names())
  func `A reply yields what its case says`(name: String) throws {
    let folder = Self.folder.appendingPathComponent(name)
    func file(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appendingPathComponent(name))) }
    func text(_ name: String) throws -> String { String(decoding: try file(name), as: UTF8.self) }

    let ask = try text("ask.txt").split(whereSeparator: \.isWhitespace).map(String.init)
    let feed = try #require(TestFeeds.byID[ask[0]], "unknown feed \(ask[0])")
    let london = try systemLondon()
    let window = ask.count == 3 ? Window(from: try day(ask[1]), through: try day(ask[2]), in: london) : nil
    let reply = try file(feed.format == .json ? "reply.json" : "reply.csv")

    var observations = "time,signal,value\n"
    var remarks: [String] = []
    do {
      let page = try Decoder(feed, london: london).decode(reply.span, window: window, observedAt: observedAt)
      let names = Dictionary(feed.signals.map { ($0.id, $0.name) }) { $1 }
      for observation in page.batch.observations {
        observations += "\(observation.time),\(names[observation.signal] ?? "?"),\(observation.value)\n"
      }
      remarks += page.batch.rejects.map { "reject: \($0)" }
      remarks += page.batch.flags.map { "flag: \($0.time) \(names[$0.signal] ?? "?") \($0.value) is \($0.reason)" }
      let counts = page.batch.counts
      remarks.append(
        "counts: \(counts.records) records, \(counts.filtered) filtered, \(counts.outside) outside, "
          + "\(counts.rejected) rejected, \(counts.withoutValue) without value, \(counts.unknownFields) unknown fields")
      if let age = page.batch.leastAge { remarks.append("least age: \(age.components.seconds) s") }
      if let next = page.next { remarks.append("next: \(next)") }
      #expect(counts.bytes == reply.count)
    } catch {
      remarks.append("error: \(error)")
    }
    #expect(try text("expected.csv") == observations)
    #expect(try text("remarks.txt") == remarks.map { $0 + "\n" }.joined())
  }
}
