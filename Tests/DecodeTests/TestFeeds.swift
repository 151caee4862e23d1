import Feeds
import Foundation
import Market
import Testing

@testable import Decode

/// The shapes of reply that there are, as the feeds' files describe them.
enum TestFeeds {
  static let elexon = Host(id: "elexon", baseURL: "http://127.0.0.1", rate: .unlimited, atOnce: 1, isStrict: false)

  static let systemPrice = feed(
    "elexon-system-price",
    RecordRule(
      records: ["data"],
      time: .settlementPeriod(date: "settlementDate", form: .yearMonthDay, period: "settlementPeriod"),
      values: [
        ValueRule(field: "systemSellPrice", signal: .imbalancePrice),
        ValueRule(field: "netImbalanceVolume", signal: .nivOutturn, scale: 2),
      ]),
    revisit: Revisit(until: Revisit.Until(field: "createdDateTime", pastPeriodEnd: .hours(24))),
    plausible: ["imbalance_price": -1_000...9_000, "niv_outturn": -8_000...8_000])

  static let marketIndex = feed(
    "elexon-market-index",
    RecordRule(
      records: ["data"],
      time: .settlementPeriod(date: "settlementDate", form: .yearMonthDay, period: "settlementPeriod"),
      values: [
        ValueRule(field: "price", signal: .wholesalePrice), ValueRule(field: "volume", signal: .wholesaleVolume),
      ], mean: MeanRule(over: "dataProvider", weight: "volume")))

  static let modo = feed(
    "modo-niv-live",
    RecordRule(
      records: ["results"], time: .settlementPeriod(date: "date", form: .yearMonthDay, period: "settlement_period"),
      values: [ValueRule(field: "niv", signal: .nivEstimate, scale: 2, isNullable: true)]),
    paging: Paging(next: ["next"]))

  static let bestView = feed(
    "elexon-portal-best-view",
    RecordRule(
      records: [],
      time: .settlementPeriod(date: "Settlement Date", form: .dayMonthYear, period: "Settlement Period"),
      values: [
        ValueRule(field: "System Sell Price(GBP/MWh)", signal: .imbalancePriceSettled),
        ValueRule(field: "Net Imbalance Volume(MWh)", signal: .nivSettled, scale: 2),
      ]), format: .csv(CSVFormat(encoding: .latin1, columns: nil)))

  static let portalMarketIndex = feed(
    "elexon-portal-market-index",
    RecordRule(
      records: [],
      time: .settlementPeriod(date: "Settlement Date", form: .dayMonthNameYear, period: "Settlement Period"),
      values: [
        ValueRule(field: "Market Index Price (£/MWh)", signal: .wholesalePrice),
        ValueRule(field: "Market Index Volume (MWh)", signal: .wholesaleVolume),
      ], mean: MeanRule(over: "Market Index Data Provider Id", weight: "Market Index Volume (MWh)")),
    format: .csv(CSVFormat(encoding: .latin1, columns: nil)))

  /// A root that is the array, an instant for the time, numbers as text, and a filter.
  static let telemetry = feed(
    "telemetry",
    RecordRule(
      records: [], time: .instant(field: "at"),
      values: [ValueRule(field: "power", signal: Signal(id: 1_001, name: "power", unit: .kilowatt), isText: true)],
      filters: [Filter(field: "meter", accepted: ["m1", "m2"])]))

  /// Lines without a header, stamped by London's clocks.
  static let londonMeter = feed(
    "london-meter",
    RecordRule(
      records: [], time: .london(field: "when", form: .dayMonthYear),
      values: [
        ValueRule(field: "kW", signal: Signal(id: 1_002, name: "load", unit: .kilowatt), isNullable: true)
      ]), format: .csv(CSVFormat(encoding: .utf8, columns: ["meter", "when", "kW"])))

  static let axle = Feed(
    id: "axle-battery-schedule", description: "", source: "", host: elexon, request: RequestTemplate(path: "/"),
    span: .wholeFile,
    reading: .axleSchedule(assets: [AxleAsset(id: "b1", maximum: 5), AxleAsset(id: "b2", maximum: 3)]))

  static let byID = Dictionary(
    uniqueKeysWithValues: [systemPrice, marketIndex, modo, bestView, portalMarketIndex, telemetry, londonMeter]
      .map { ($0.id, $0) })

  static func feed(
    _ id: String, _ rule: RecordRule, format: ReplyFormat = .json, paging: Paging? = nil, revisit: Revisit = Revisit(),
    plausible: [String: ClosedRange<Double>] = [:]
  ) -> Feed {
    Feed(
      id: id, description: "", source: "", host: elexon, request: RequestTemplate(path: "/"), format: format,
      span: .settlementDay, reading: .records(rule), paging: paging, revisit: revisit,
      quality: Quality(plausible: plausible))
  }
}

func systemLondon() throws -> LondonClock {
  try LondonClock(
    directories: LondonClock.systemDirectories(environment: ProcessInfo.processInfo.environment))
}

let observedAt = Instant(seconds: 1_790_000_000)

extension Decoder {
  func decode(_ text: String, window: Window? = nil) throws(DecodeError) -> Page {
    let bytes = Array(text.utf8)
    return try decode(bytes.span, window: window, observedAt: observedAt)
  }
}

func day(_ text: String) throws -> SettlementDate { try #require(SettlementDate(text)) }

/// Sebastiano Vigna's SplitMix64: the same numbers in every run.
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
