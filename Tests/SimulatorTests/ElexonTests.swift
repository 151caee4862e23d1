import Foundation
import Market
import Simulator
import Testing

@Suite struct `The simulated Elexon` {
  static let fields: Set<String> = [
    "settlementDate", "settlementPeriod", "startTime", "createdDateTime", "systemSellPrice", "systemBuyPrice",
    "bsadDefaulted", "priceDerivationCode", "reserveScarcityPrice", "netImbalanceVolume", "sellPriceAdjustment",
    "buyPriceAdjustment", "replacementPrice", "replacementPriceReferenceVolume", "totalAcceptedOfferVolume",
    "totalAcceptedBidVolume", "totalAdjustmentSellVolume", "totalAdjustmentBuyVolume",
    "totalSystemTaggedAcceptedOfferVolume", "totalSystemTaggedAcceptedBidVolume",
    "totalSystemTaggedAdjustmentSellVolume", "totalSystemTaggedAdjustmentBuyVolume",
  ]

  @Test func `A settled day has all its periods, newest first, with all 22 fields`() async throws {
    try await simulating(at: "2026-11-24T12:00:00Z") { client in
      let answer = try await client.systemPrices("2026-06-15")
      #expect(answer.status == 200)
      #expect(answer.headers["content-type"] == "application/json; charset=utf-8")
      #expect(answer.text.hasPrefix(#"{"metadata":{"datasets":["DISEBSP"]},"data":[{"#))
      let rows = try answer.rows()
      #expect(rows.map { $0["settlementPeriod"] as? Int } == (1...48).reversed().map { $0 })
      #expect(rows.allSatisfy { Set($0.keys) == Self.fields && $0["replacementPrice"] is NSNull })
      #expect(rows.last?["startTime"] as? String == "2026-06-14T23:00:00Z")
      for row in rows {
        let volume = try #require(row["netImbalanceVolume"] as? Double)
        #expect(row["priceDerivationCode"] as? String == (volume > 0 ? "P" : "N"))
        #expect(row["systemSellPrice"] as? Double == row["systemBuyPrice"] as? Double)
      }
    }
  }

  @Test func `Days on which the clocks change have 46 and 50 periods`() async throws {
    try await simulating(at: "2026-11-24T12:00:00Z") { client in
      let spring = try await client.systemPrices("2026-03-29").rows()
      #expect(spring.count == 46 && spring.last?["startTime"] as? String == "2026-03-29T00:00:00Z")
      #expect(spring.first?["startTime"] as? String == "2026-03-29T22:30:00Z")
      let autumn = try await client.systemPrices("2025-10-26").rows()
      #expect(autumn.count == 50 && autumn.last?["startTime"] as? String == "2025-10-25T23:00:00Z")
      #expect(autumn.first?["startTime"] as? String == "2025-10-26T23:30:00Z")
    }
  }

  @Test func `Today is partial, and each price comes out 14 to 19 minutes after its period`() async throws {
    let now = try #require(Instant("2026-11-24T12:00:00Z"))
    try await simulating(at: "2026-11-24T12:00:00Z") { client in
      let rows = try await client.systemPrices("2026-11-24").rows()
      #expect(rows.count == 23 && rows.first?["settlementPeriod"] as? Int == 23)
      for row in rows {
        let start = try #require((row["startTime"] as? String).flatMap { Instant($0) })
        let created = try #require((row["createdDateTime"] as? String).flatMap { Instant($0) })
        let lag = created.since(start.advanced(by: .minutes(30)))
        #expect(lag >= .minutes(14) && lag < .minutes(19) && created <= now)
      }
      #expect(try await client.systemPrices("2026-11-25").text.hasSuffix(#""data":[]}"#))
    }
  }

  @Test func `A day later every period is calculated again, and some values change`() async throws {
    struct Price: Equatable { let period, created, value: String }
    func rows(at now: String) async throws -> [Price] {
      try await simulating(at: now) { client in
        try await client.systemPrices("2026-11-22").rows().map { row in
          Price(
            period: "\(row["settlementPeriod"] ?? "")", created: "\(row["createdDateTime"] ?? "")",
            value: "\(row["systemSellPrice"] ?? "")")
        }
      }
    }
    let before = try await rows(at: "2026-11-23T00:20:00Z")
    let after = try await rows(at: "2026-11-24T00:20:00Z")
    let later = try await rows(at: "2026-11-30T00:20:00Z")
    #expect(before.count == 48 && after.count == 48 && after == later)
    #expect(zip(before, after).allSatisfy { $0 != $1 })
    let prices = zip(before, after).filter { $0.value != $1.value }.count
    #expect((1..<24).contains(prices))
    let start = try #require(Instant("2026-11-22T00:30:00Z"))
    let created = try #require(Instant(after.last?.created ?? ""))
    #expect(created.since(start) >= .seconds(1_454 * 60) && created.since(start) <= .seconds(1_456 * 60))
  }

  @Test func `The same seed and clock give the same bytes, another seed others`() async throws {
    func day(_ seed: UInt64) async throws -> String {
      try await simulating(at: "2026-11-24T12:00:00Z", { $0.seed = seed }) { try await $0.systemPrices("2026-11-23").text }
    }
    let first = try await day(7)
    #expect(try await day(7) == first)
    #expect(try await day(8) != first)
  }

  @Test func `Numbers come in all the forms that were seen, with negative, zero and very high prices`() async throws {
    try await simulating(at: "2026-11-24T12:00:00Z") { client in
      var text = ""
      var prices: [Double] = []
      for offset in 0..<60 {
        let date = try #require(SettlementDate("2025-01-01")).advanced(by: offset)
        let answer = try await client.systemPrices(date.description)
        text += answer.text
        prices += try answer.rows().compactMap { $0["systemSellPrice"] as? Double }
      }
      #expect(prices.count == 60 * 48)
      #expect(prices.contains { $0 < 0 } && prices.contains(0) && prices.contains { $0 > 300 })
      #expect(prices.allSatisfy { $0 > -500 && $0 < 6_000 })
      for form in [
        #""systemSellPrice":-?[0-9]+\.[0-9]{18},"#, #""systemSellPrice":-?[0-9]+,"#, #""systemSellPrice":-?[0-9]+\.0,"#,
        #""totalAdjustmentSellVolume":-2.77e-07,"#,
      ] { #expect(text.range(of: form, options: .regularExpression) != nil, "\(form)") }
    }
  }

  @Test func `One period can be asked for, and one that the day lacks is empty`() async throws {
    try await simulating(at: "2026-11-24T12:00:00Z") { client in
      let day = try await client.systemPrices("2026-11-20").rows()
      try #require(day.count == 48)
      let one = try await client.systemPrices("2026-11-20/5").rows()
      #expect(one.count == 1 && one.first?["settlementPeriod"] as? Int == 5)
      #expect(one.first?["createdDateTime"] as? String == day[43]["createdDateTime"] as? String)
      let lacking = try await client.systemPrices("2026-11-20/49").rows()
      #expect(lacking.isEmpty)
      for bad in ["2026-11-20/0", "2026-11-20/51", "2026-02-30", "20-11-2026"] {
        let answer = try await client.systemPrices(bad)
        #expect(answer.status == 400 && answer.text.contains(#""errors":{"#), "\(bad)")
      }
      #expect(try await client.get("/elexon/bmrs/api/v1/balancing/settlement/system-prices").status == 404)
      #expect(try await client.get("/elexon/bmrs/api/v1/datasets/DISEBSP").status == 404)
    }
  }

  @Test func `Days before published-until are there in full, beyond today too`() async throws {
    let until = SettlementDate("2119-01-01")
    try await simulating(at: "2026-11-24T12:00:00Z", { $0.publishedUntil = until }) { client in
      #expect(try await client.systemPrices("2118-12-31").rows().count == 48)
      #expect(try await client.systemPrices("2026-11-24").rows().count == 48)
      let beyond = try await client.systemPrices("2119-01-01").rows()
      #expect(beyond.isEmpty)
    }
  }

  static let index = "/elexon/bmrs/api/v1/balancing/pricing/market-index"

  @Test func `Market index ranges include both ends, newest first and APX before N2EX`() async throws {
    try await simulating(at: "2026-11-24T12:00:00Z") { client in
      let rows = try await client.get(Self.index + "?from=2026-11-20T00:00Z&to=2026-11-20T01:00Z").rows()
      #expect(
        rows.map { "\($0["startTime"] ?? "") \($0["dataProvider"] ?? "")" } == [
          "2026-11-20T01:00:00Z APXMIDP", "2026-11-20T01:00:00Z N2EXMIDP", "2026-11-20T00:30:00Z APXMIDP",
          "2026-11-20T00:30:00Z N2EXMIDP", "2026-11-20T00:00:00Z APXMIDP", "2026-11-20T00:00:00Z N2EXMIDP",
        ])
      let fields = ["startTime", "dataProvider", "settlementDate", "settlementPeriod", "price", "volume"]
      #expect(rows.allSatisfy { Set($0.keys) == Set(fields) })
      let one = try await client.get(
        Self.index + "?from=2026-11-20T22:00Z&to=2026-11-20T00:00Z&settlementPeriodFrom=3&settlementPeriodTo=4"
          + "&dataProviders=APXMIDP")
      #expect(one.status == 400)
      let periods = try await client.get(
        Self.index + "?from=2026-11-20T11:00Z&to=2026-11-20T12:00Z&settlementPeriodFrom=3&settlementPeriodTo=4"
          + "&dataProviders=APXMIDP"
      ).rows()
      #expect(periods.map { $0["settlementPeriod"] as? Int } == [4, 3])
      #expect(periods.allSatisfy { $0["dataProvider"] as? String == "APXMIDP" })
    }
  }

  @Test func `Seven days of market index are given, more are refused`() async throws {
    try await simulating(at: "2026-11-24T12:00:00Z") { client in
      let week = try await client.get(Self.index + "?from=2026-11-10T00:00Z&to=2026-11-17T00:00Z").rows()
      #expect(week.count == 674)  // Both providers' 7 × 48 periods, and the one that begins at the end.
      let inactive = week.filter { $0["dataProvider"] as? String == "N2EXMIDP" && $0["volume"] as? Double == 0 }
      #expect(inactive.count > 320)
      #expect(inactive.allSatisfy { $0["price"] as? Double == 0 })
      let more = try await client.get(Self.index + "?from=2026-11-10T00:00Z&to=2026-11-17T00:30Z")
      #expect(more.status == 400)
      #expect(
        more.text == #"{"errors":{"":["The date range between From and To inclusive must not exceed 7 days"]}}"#)
      #expect(try await client.get(Self.index + "?from=2026-11-10T00:00Z").status == 400)
    }
  }
}
