import Feeds
import Foundation
import Market
import Testing

@testable import Decode

/// Fast code is checked by slow code: whole replies, read by Foundation's decoder and by ours.
@Suite struct `Whole replies against Foundation` {
  let london: LondonClock

  init() throws { london = try systemLondon() }

  private struct Reply: Decodable { let data: [Row] }

  private struct Row: Decodable {
    let settlementDate: String
    let settlementPeriod: Int
    let systemSellPrice: Double?
    let netImbalanceVolume: Double?
    let price: Double?
    let volume: Double?
    let dataProvider: String?
  }

  private func number(_ random: inout SeededNumbers) -> String {
    let whole = Int.random(in: -4_000...4_000, using: &random)
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return "\(whole)"
    case 1: return "\(whole).\(Int.random(in: 0...99, using: &random))"
    case 2: return "\(whole).\(UInt64.random(in: 100_000_000_000_000_000...999_999_999_999_999_999, using: &random))"
    default: return "\(whole).5e\(Int.random(in: -9...3, using: &random))"
    }
  }

  private func value(_ random: inout SeededNumbers) -> String {
    ["null", "true", "\"text \\\" \\\\ [{\"", "[1,{\"a\":[]}]", "{\"systemSellPrice\":1}", "\"é£\"", number(&random)]
      .randomElement(using: &random) ?? "0"
  }

  /// An object with its members in any order and blanks anywhere.
  private func object(_ members: [(String, String)], _ random: inout SeededNumbers) -> String {
    func blank() -> String { ["", "", " ", "\n  ", "\t\r\n"].randomElement(using: &random) ?? "" }
    let text = members.shuffled(using: &random).map { name, value in
      "\(blank())\"\(name)\"\(blank()):\(blank())\(value)\(blank())"
    }
    return "{" + text.joined(separator: ",") + "}"
  }

  @Test func `A thousand random replies yield what JSONDecoder reads in them`() throws {
    var random = SeededNumbers(state: 8)
    let decoder = Decoder(TestFeeds.systemPrice, london: london)
    for run in 0..<1_000 {
      let date = try day("2019-01-01").advanced(by: Int.random(in: 0..<3_000, using: &random))
      let periods = stride(from: 1, through: date.periodCount(in: london), by: 1)
        .filter { _ in Int.random(in: 0..<10, using: &random) > 0 }
      let rows = periods.shuffled(using: &random).map { period in
        var members = [
          ("settlementDate", "\"\(date)\""), ("settlementPeriod", "\(period)"), ("systemSellPrice", number(&random)),
          ("netImbalanceVolume", number(&random)), ("createdDateTime", "\"\(date)T23:59:59Z\""),
        ]
        for extra in 0..<Int.random(in: 0...6, using: &random) { members.append(("extra\(extra)", value(&random))) }
        return object(members, &random)
      }
      let text = object([("metadata", value(&random)), ("data", "[" + rows.joined(separator: ",") + "]")], &random)
      let bytes = Array(text.utf8)
      let batch = try decoder.decode(bytes.span, window: date.window(in: london), observedAt: observedAt).batch
      var expected: [Observation] = []
      for row in try JSONDecoder().decode(Reply.self, from: Data(bytes)).data {
        let period = try #require(SettlementPeriod(date, row.settlementPeriod, in: london))
        let start = period.start(in: london)
        expected.append(Observation(time: start, signal: 3, value: Float(try #require(row.systemSellPrice))))
        expected.append(Observation(time: start, signal: 101, value: Float(try #require(row.netImbalanceVolume) * 2)))
      }
      expected.sort { ($1.time, $0.signal) < ($0.time, $1.signal) }
      #expect(batch.observations == expected, "run \(run)")
      #expect(batch.rejects.isEmpty && batch.counts.records == periods.count)
    }
  }

  @Test func `The mean is the same to the last bit in whatever order the records come`() throws {
    var random = SeededNumbers(state: 9)
    let decoder = Decoder(TestFeeds.marketIndex, london: london)
    let providers = ["APXMIDP", "N2EXMIDP", "ZZMIDP", "AAMIDP"]
    for run in 0..<100 {
      var rows: [String] = []
      for period in 1...48 {
        for provider in providers where Int.random(in: 0..<5, using: &random) > 0 {
          let idle = Int.random(in: 0..<3, using: &random) == 0
          let traded = "\(Int.random(in: 1...99_999, using: &random)).\(Int.random(in: 0...999, using: &random))"
          rows.append(
            object(
              [
                ("settlementDate", "\"2026-08-01\""), ("settlementPeriod", "\(period)"),
                ("dataProvider", "\"\(provider)\""), ("price", idle ? "0.0" : number(&random)),
                ("volume", idle ? "0" : traded),
              ], &random))
        }
      }
      var first: [Observation]?
      for _ in 0..<4 {
        let text = "{\"data\":[" + rows.shuffled(using: &random).joined(separator: ",") + "]}"
        let batch = try decoder.decode(text).batch
        if let first { #expect(batch.observations == first, "run \(run)") } else {
          first = batch.observations
          #expect(batch.observations == (try slowMeans(text)), "run \(run)")
        }
        #expect(batch.rejects.isEmpty)
      }
    }
  }

  /// BSC Section T's Market Price, written out: providers in alphabetical order, those of volume 0 without a price.
  private func slowMeans(_ text: String) throws -> [Observation] {
    let rows = try JSONDecoder().decode(Reply.self, from: Data(text.utf8)).data
    var result: [Observation] = []
    for (period, group) in Dictionary(grouping: rows, by: \.settlementPeriod).sorted(by: { $0.key > $1.key }) {
      let start = try #require(SettlementPeriod(try day("2026-08-01"), period, in: london)).start(in: london)
      let sorted = group.sorted { $0.dataProvider ?? "" < $1.dataProvider ?? "" }
      let traded = sorted.filter { $0.volume ?? 0 > 0 }
      let volume = traded.reduce(0.0) { $0 + ($1.volume ?? 0) }
      if traded.count == 1 {
        result.append(Observation(time: start, signal: 2, value: Float(traded[0].price ?? 0)))
      } else if volume > 0 {
        let cost = traded.reduce(0.0) { $0 + ($1.price ?? 0) * ($1.volume ?? 0) }
        result.append(Observation(time: start, signal: 2, value: Float(cost / volume)))
      }
      result.append(Observation(time: start, signal: 105, value: Float(volume)))
    }
    return result
  }
}
