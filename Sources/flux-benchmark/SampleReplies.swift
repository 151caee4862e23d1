import Market

/// The bodies of the replies, field for field as the providers write them; the values are chance.
enum SampleReplies {
  /// Elexon Insights' DISEBSP: the day's periods, newest first, 22 fields each.
  static func systemPrices(of day: SettlementDate, _ form: DecimalText.Form, _ london: LondonClock) -> [UInt8] {
    var chance = Chance(day)
    let start = day.start(in: london)
    let zero = DecimalText(thousandths: 0, form)
    let records = stride(from: day.periodCount(in: london), through: 1, by: -1).map { period in
      let begins = start.advanced(by: .minutes(30 * (period - 1)))
      let price = chance.price(form)
      let offers = chance.decimal(0...900_000, form)
      let bids = chance.decimal(-900_000...0, form)
      return """
        {"settlementDate":"\(day)","settlementPeriod":\(period),"startTime":"\(begins)",\
        "createdDateTime":"\(begins.advanced(by: .minutes(1_490 + chance.below(20))))",\
        "systemSellPrice":\(price),"systemBuyPrice":\(price),"bsadDefaulted":false,"priceDerivationCode":"P",\
        "reserveScarcityPrice":\(zero),"netImbalanceVolume":\(chance.decimal(-900_000...900_000, form)),\
        "sellPriceAdjustment":0.00,"buyPriceAdjustment":0.00,"replacementPrice":null,\
        "replacementPriceReferenceVolume":null,"totalAcceptedOfferVolume":\(offers),"totalAcceptedBidVolume":\(bids),\
        "totalAdjustmentSellVolume":\(zero),"totalAdjustmentBuyVolume":\(zero),\
        "totalSystemTaggedAcceptedOfferVolume":\(offers),"totalSystemTaggedAcceptedBidVolume":\(bids),\
        "totalSystemTaggedAdjustmentSellVolume":null,"totalSystemTaggedAdjustmentBuyVolume":null}
        """
    }
    return Array(
      "{\"metadata\":{\"datasets\":[\"DISEBSP\"]},\"data\":[\(records.joined(separator: ","))]}".utf8)
  }

  /// Elexon Insights' market index (MID): two providers, of whom the second has no trades; newest first.
  static func liveIndex(from first: SettlementDate, days: Int, _ london: LondonClock) -> [UInt8] {
    var chance = Chance(first)
    var records: [String] = []
    for day in (0..<days).reversed().map(first.advanced(by:)) {
      for period in stride(from: day.periodCount(in: london), through: 1, by: -1) {
        let begins = day.start(in: london).advanced(by: .minutes(30 * (period - 1)))
        let traded = "\"price\":\(chance.price(.withPoint)),\"volume\":\(chance.decimal(1...1_500_000, .withPoint))"
        for (provider, values) in [("APXMIDP", traded), ("N2EXMIDP", "\"price\":0.00,\"volume\":0.000")] {
          records.append(
            "{\"startTime\":\"\(begins)\",\"dataProvider\":\"\(provider)\",\"settlementDate\":\"\(day)\","
              + "\"settlementPeriod\":\(period),\(values)}")
        }
      }
    }
    return Array(
      "{\"metadata\":{\"datasets\":[\"MID\"]},\"data\":[\(records.joined(separator: ","))]}".utf8)
  }

  /// Modo's live estimates: a page of `days` days, newest first.
  static func estimates(from first: SettlementDate, days: Int, _ london: LondonClock) -> [UInt8] {
    var chance = Chance(first)
    var records: [String] = []
    for day in (0..<days).reversed().map(first.advanced(by:)) {
      for period in stride(from: day.periodCount(in: london), through: 1, by: -1) {
        let volume = chance.decimal(-900_000...900_000, .withPoint)
        records.append("{\"date\":\"\(day)\",\"settlement_period\":\(period),\"niv\":\(volume)}")
      }
    }
    let list = records.joined(separator: ",")
    return Array("{\"count\":\(records.count),\"next\":null,\"previous\":null,\"results\":[\(list)]}".utf8)
  }

  /// The Portal's file of settled prices, oldest first.
  static func bestView(from first: SettlementDate, days: Int, _ london: LondonClock) -> [UInt8] {
    var chance = Chance(first)
    var text = "Settlement Date,Settlement Period,System Sell Price(GBP/MWh),System Buy Price(GBP/MWh),"
    text += "Net Imbalance Volume(MWh)\n"
    for day in (0..<days).map(first.advanced(by:)) {
      let (year, month, number) = day.date.yearMonthDay
      let date = "\(twoDigits(number))/\(twoDigits(month))/\(year)"
      for period in 1...day.periodCount(in: london) {
        let price = chance.price(.shortest)
        text += "\(date),\(period),\(price),\(price),\(chance.decimal(-900_000...900_000, .shortest))\n"
      }
    }
    return Array(text.utf8)
  }

  /// The Portal's market index, oldest first: two providers, of whom the second has no trades.
  static func marketIndex(from first: SettlementDate, days: Int, _ london: LondonClock) -> [UInt8] {
    var chance = Chance(first)
    var body = Array("Settlement Date,Settlement Period,Market Index Data Provider Id,Market Index Volume (MWh),".utf8)
    // The pound sign is Latin-1's.
    body += Array("Market Index Price (".utf8) + [0xA3] + Array("/MWh)\n".utf8)
    for day in (0..<days).map(first.advanced(by:)) {
      let (year, month, number) = day.date.yearMonthDay
      let date = "\(twoDigits(number)) \(monthNames[month - 1]) \(year)"
      for period in 1...day.periodCount(in: london) {
        let traded = "\(chance.decimal(1...1_500_000, .shortest)),\(chance.price(.shortest))"
        body += "\(date),\(period),APXMIDP ,\(traded)\n\(date),\(period),N2EXMIDP,0,0\n".utf8
      }
    }
    return body
  }

  private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static let monthNames = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]
}

/// A decimal number as the providers write it.
struct DecimalText: CustomStringConvertible {
  enum Form {
    /// `160`, `-7.76`.
    case shortest
    /// `160.0`, `-7.76`.
    case withPoint
    /// `160.000000000000000000`.
    case eighteenDecimals
  }
  let description: String

  /// - Parameter tail: the fifteen digits after the thousandths, in the form with 18 decimals.
  init(thousandths: Int, tail: Int = 0, _ form: Form) {
    let (whole, rest) = thousandths.magnitude.quotientAndRemainder(dividingBy: 1_000)
    var decimals = String(String(1_000 + rest).dropFirst())
    switch form {
    case .eighteenDecimals: decimals += String(String(1_000_000_000_000_000 + tail).dropFirst())
    case .shortest: while decimals.last == "0" { decimals.removeLast() }
    case .withPoint: while decimals.count > 1, decimals.last == "0" { decimals.removeLast() }
    }
    description = (thousandths < 0 ? "-" : "") + "\(whole)" + (decimals.isEmpty ? "" : ".\(decimals)")
  }
}

/// The same numbers in every run. Source: SplitMix64 (Steele, Lea and Flood, 2014).
private struct Chance {
  private var state: UInt64

  init(_ day: SettlementDate) { state = UInt64(bitPattern: Int64(day.date.daysSinceEpoch)) }

  private mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }

  mutating func decimal(_ thousandths: ClosedRange<Int>, _ form: DecimalText.Form) -> DecimalText {
    let number = thousandths.lowerBound + below(thousandths.count)
    return DecimalText(thousandths: number, tail: below(1_000_000_000_000_000), form)
  }

  /// £/MWh: a third of them whole pounds, the others with pence.
  mutating func price(_ form: DecimalText.Form) -> DecimalText {
    let pounds = below(250) - 20
    return DecimalText(thousandths: pounds * 1_000 + (below(3) == 0 ? 0 : below(100) * 10), form)
  }
}
