import CAllocations
import Feeds
import Market
import Testing

@testable import Decode

/// Counted, since a count does not flicker as seconds do: nothing is allocated for a record, a field or a value.
@Suite struct `Allocations while decoding` {
  let london: LondonClock

  init() throws { london = try systemLondon() }

  private func allocations(_ feed: Feed, _ body: [UInt8]) throws -> Int {
    let decoder = Decoder(feed, london: london)
    // Once before, for what is made once a program.
    _ = try decoder.decode(body.span, window: nil, observedAt: observedAt)
    allocations_begin()
    defer { allocations_end() }
    let page = try decoder.decode(body.span, window: nil, observedAt: observedAt)
    let count = allocations_end()
    try #require(page.batch.rejects.isEmpty && page.batch.observations.count > 0)
    return count
  }

  private func dates(_ days: Int) throws -> [SettlementDate] {
    let first = try day("2024-06-01")
    return (0..<days).map(first.advanced(by:))
  }

  private func systemPrices(days: Int) throws -> [UInt8] {
    let records = try dates(days).flatMap { date in
      (1...48).map { period in
        #"{"settlementDate":"\#(date)","settlementPeriod":\#(period),"createdDateTime":"2026-08-02T01:44:33Z","#
          + #""systemSellPrice":\#(period).25,"systemBuyPrice":\#(period).25,"replacementPrice":null,"#
          + #""netImbalanceVolume":-344.249492314814801830}"#
      }
    }
    return Array("{\"data\":[\(records.joined(separator: ","))]}".utf8)
  }

  private func bestView(days: Int) throws -> [UInt8] {
    let lines = try dates(days).flatMap { date in
      let (year, month, number) = date.date.yearMonthDay
      return (1...48).map { "\(number < 10 ? "0" : "")\(number)/0\(month)/\(year),\($0),15.5,15.5,-1058.307" }
    }
    let header = "Settlement Date,Settlement Period,System Sell Price(GBP/MWh),Buy,Net Imbalance Volume(MWh)"
    return Array((header + "\n" + lines.joined(separator: "\n")).utf8)
  }

  private func marketIndex(days: Int) throws -> [UInt8] {
    let records = try dates(days).flatMap { date in
      (1...48).flatMap { period in
        ["APXMIDP", "N2EXMIDP"].map {
          #"{"dataProvider":"\#($0)","settlementDate":"\#(date)","settlementPeriod":\#(period),"#
            + #""price":\#(period).5,"volume":12.25}"#
        }
      }
    }
    return Array("{\"data\":[\(records.joined(separator: ","))]}".utf8)
  }

  private func telemetry(days: Int) throws -> [UInt8] {
    let records = try dates(days).flatMap { date in
      (10..<24).map { #"{"at":"\#(date)T\#($0):30:00Z","meter":"m1","power":"\#($0).5"}"# }
    }
    return Array("[\(records.joined(separator: ","))]".utf8)
  }

  private func londonMeter(days: Int) throws -> [UInt8] {
    let lines = try dates(days).flatMap { date in
      let (year, month, number) = date.date.yearMonthDay
      return (0..<24).map {
        "m1,\(number < 10 ? "0" : "")\(number)/0\(month)/\(year) \($0 < 10 ? "0" : "")\($0):30,\($0).5"
      }
    }
    return Array(lines.joined(separator: "\n").utf8)
  }

  @Test func `A reply of thirty days allocates no more often than one of a day`() throws {
    let shapes: [(Feed, (Int) throws -> [UInt8])] = [
      (TestFeeds.systemPrice, systemPrices), (TestFeeds.bestView, bestView), (TestFeeds.telemetry, telemetry),
      (TestFeeds.londonMeter, londonMeter), (TestFeeds.marketIndex, marketIndex),
    ]
    for (feed, reply) in shapes {
      let (one, thirty) = (try allocations(feed, reply(1)), try allocations(feed, reply(30)))
      // Room is made by the first record's length, and once more where the others are shorter.
      #expect(thirty <= one + 2, "\(feed.id): \(one) for a day, \(thirty) for thirty")
      #expect(one > 0 && one < 100, "\(feed.id)")
    }
  }
}
