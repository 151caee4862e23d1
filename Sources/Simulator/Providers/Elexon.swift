internal import Market

/// Elexon's Insights API: system prices with net imbalance volume (DISEBSP), and the market index (MID).
struct Elexon: Sendable {
  let model: MarketModel
  let publication: PublicationClock
  let london: LondonClock
  let revisions: Revisions

  // MARK: - /balancing/settlement/system-prices/{settlementDate}[/{settlementPeriod}]

  /// One day's periods, newest first, as far as they have been calculated by `now`; an empty list for a future day.
  func systemPrices(date text: some StringProtocol, period: String? = nil, at now: Instant) -> Reply {
    guard let date = SettlementDate(text) else { return invalid("settlementDate", String(text)) }
    var only: Int?
    if let period {
      // Validated as 1 to 50 on every day; a period that the day lacks is an empty answer, not an error.
      guard let number = Int(period), (1...50).contains(number) else { return invalid("settlementPeriod", period) }
      only = number
    }
    let start = date.start(in: london)
    let form = model.form(date.date)
    var body: [UInt8] = []
    body.reserveCapacity(only == nil ? 48_000 : 1_500)
    body.append(#"{"metadata":{"datasets":["DISEBSP"]},"data":["#)
    var records: [Reply.Record] = []
    let periodCount = date.periodCount(in: london)
    for period in stride(from: periodCount, through: 1, by: -1) where only ?? period == period {
      let begins = start.advanced(by: .minutes(30 * (period - 1)))
      guard let out = publication.imbalance(date, period, end: begins.advanced(by: .minutes(30)), at: now) else {
        continue
      }
      if !records.isEmpty { body.append(UInt8(ascii: ",")) }
      var (value, created) = (model.imbalance(date.date, period, out.version), out.created)
      if let began = revisions.newest(of: begins, at: now) {
        revisions.revise(&value.price, .price, of: begins, began)
        revisions.revise(&value.volume, .volume, of: begins, began)
        created = max(created, began)
      }
      records.append(
        append(value, date, period, of: periodCount, begins: begins, created: created, form, to: &body))
    }
    body.append("]}")
    var reply = Reply.json(body)
    reply.records = records
    return reply
  }

  /// All 22 fields of a DISEBSP row.
  private func append(
    _ value: MarketModel.Imbalance, _ date: SettlementDate, _ period: Int, of periodCount: Int, begins: Instant,
    created: Instant, _ form: Number.Form, to body: inout [UInt8]
  ) -> Reply.Record {
    let isShort = value.volume.micros > 0
    let day = date.date.daysSinceEpoch
    // Accepted volumes on both sides whose difference is the imbalance.
    let other = Int64(model.dice.number(below: 600_000, day, period, .volume)) * 1_000
    let offers = Number(micros: isShort ? other + value.volume.micros : other, tail: isShort ? value.volume.tail : 0)
    let bids = Number(micros: isShort ? -other : value.volume.micros - other, tail: isShort ? 0 : value.volume.tail)
    let isTiny = model.dice.once(in: 500, day, period, .volume)

    let opening = body.count
    body.append(#"{"settlementDate":""#)
    let dateBytes = body.range { $0.append(date.date) }
    body.append(#"","settlementPeriod":"#)
    let periodBytes = body.range { $0.append(period) }
    body.append(#","startTime":""#)
    body.append(begins)
    body.append(#"","createdDateTime":""#)
    body.append(created)
    body.append(#"","systemSellPrice":"#)
    let price = body.range { $0.append(value.price, form) }
    body.append(#","systemBuyPrice":"#)
    body.append(value.price, form)
    body.append(#","bsadDefaulted":false,"priceDerivationCode":""#)
    body.append(UInt8(ascii: isShort ? "P" : "N"))
    body.append(#"","reserveScarcityPrice":"#)
    body.append(.zero, form)
    body.append(#","netImbalanceVolume":"#)
    let volume = body.range { $0.append(value.volume, form) }
    body.append(#","sellPriceAdjustment":0.00,"buyPriceAdjustment":0.00"#)
    body.append(#","replacementPrice":null,"replacementPriceReferenceVolume":null,"totalAcceptedOfferVolume":"#)
    body.append(offers, form)
    body.append(#","totalAcceptedBidVolume":"#)
    body.append(bids, form)
    body.append(#","totalAdjustmentSellVolume":"#)
    // The remains of a sum in binary arithmetic: the one place where an exponent has been seen.
    if isTiny { body.append("-2.77e-07") } else { body.append(.zero, form) }
    body.append(#","totalAdjustmentBuyVolume":"#)
    body.append(.zero, form)
    body.append(#","totalSystemTaggedAcceptedOfferVolume":"#)
    body.append(offers, form)
    body.append(#","totalSystemTaggedAcceptedBidVolume":"#)
    body.append(bids, form)
    body.append(#","totalSystemTaggedAdjustmentSellVolume":null,"totalSystemTaggedAdjustmentBuyVolume":null}"#)
    return Reply.Record(
      bytes: opening..<body.count, date: date, periodCount: periodCount, period: period, dateBytes: dateBytes,
      periodBytes: periodBytes,
      values: [
        Reply.Value(field: "systemSellPrice", bytes: price), Reply.Value(field: "netImbalanceVolume", bytes: volume),
      ])
  }

  // MARK: - /balancing/pricing/market-index

  /// The query of a market index request, as it came.
  struct IndexQuery: Sendable {
    var from: String?
    var to: String?
    var periodFrom: String?
    var periodTo: String?
    /// Empty for all.
    var providers: [String] = []
  }

  /// Both providers' quotes, newest period first and APX before N2EX; both ends of the range are included.
  func marketIndex(_ query: IndexQuery, at now: Instant) -> Reply {
    guard let fromText = query.from, let from = Instant(fromText) else { return invalid("from", query.from ?? "") }
    guard let toText = query.to, let to = Instant(toText) else { return invalid("to", query.to ?? "") }
    for (name, text) in [("settlementPeriodFrom", query.periodFrom), ("settlementPeriodTo", query.periodTo)] {
      if let text, !(1...50).contains(Int(text) ?? 0) { return invalid(name, text) }
    }
    guard to >= from else { return refused("The From date must not be later than the To date") }
    guard to.since(from) <= .days(7) else {
      return refused("The date range between From and To inclusive must not exceed 7 days")
    }
    // With a period given, that side is by settlement date and its time of day is not looked at.
    let lower = query.periodFrom.flatMap { Int($0) }.flatMap { period in
      SettlementDate(fromText.prefix(10)).map { ($0, period) }
    }
    let upper = query.periodTo.flatMap { Int($0) }.flatMap { period in
      SettlementDate(toText.prefix(10)).map { ($0, period) }
    }
    let wantsAPX = query.providers.isEmpty || query.providers.contains("APXMIDP")
    let wantsN2EX = query.providers.isEmpty || query.providers.contains("N2EXMIDP")

    var body: [UInt8] = []
    body.reserveCapacity(100_000)
    body.append(#"{"metadata":{"datasets":["MID"]},"data":["#)
    var records: [Reply.Record] = []
    var date = upper?.0 ?? SettlementDate(containing: to, in: london)
    let first = lower?.0 ?? SettlementDate(containing: from, in: london)
    while date >= first {
      let start = date.start(in: london)
      let periodCount = date.periodCount(in: london)
      for period in stride(from: periodCount, through: 1, by: -1) {
        let begins = start.advanced(by: .minutes(30 * (period - 1)))
        if let lower { guard (date, period) >= lower else { continue } } else { guard begins >= from else { continue } }
        if let upper { guard (date, period) <= upper else { continue } } else { guard begins <= to else { continue } }
        guard publication.isIndexOut(date, end: begins.advanced(by: .minutes(30)), at: now) else { continue }
        for (provider, isWanted) in [("APXMIDP", wantsAPX), ("N2EXMIDP", wantsN2EX)] where isWanted {
          if !records.isEmpty { body.append(UInt8(ascii: ",")) }
          var quote = provider == "APXMIDP" ? model.apx(date.date, period) : model.n2ex(date.date, period)
          // Where nothing was traded there is nothing to revise.
          if quote.volume != .zero, let began = revisions.newest(of: begins, at: now) {
            revisions.revise(&quote.price, .price, of: begins, began)
          }
          records.append(append(quote, provider, date, period, of: periodCount, begins: begins, to: &body))
        }
      }
      date = date.advanced(by: -1)
    }
    body.append("]}")
    var reply = Reply.json(body)
    reply.records = records
    return reply
  }

  private func append(
    _ quote: MarketModel.IndexQuote, _ provider: String, _ date: SettlementDate, _ period: Int, of periodCount: Int,
    begins: Instant, to body: inout [UInt8]
  ) -> Reply.Record {
    let opening = body.count
    body.append(#"{"startTime":""#)
    body.append(begins)
    body.append(#"","dataProvider":""#)
    body.append(provider)
    body.append(#"","settlementDate":""#)
    let dateBytes = body.range { $0.append(date.date) }
    body.append(#"","settlementPeriod":"#)
    let periodBytes = body.range { $0.append(period) }
    body.append(#","price":"#)
    let price = body.range { $0.append(quote.price, .decimals(2)) }
    body.append(#","volume":"#)
    let volume = body.range { $0.append(quote.volume, .decimals(3)) }
    body.append("}")
    return Reply.Record(
      bytes: opening..<body.count, date: date, periodCount: periodCount, period: period, provider: provider,
      dateBytes: dateBytes, periodBytes: periodBytes,
      values: [Reply.Value(field: "price", bytes: price), Reply.Value(field: "volume", bytes: volume)])
  }

  // MARK: - Refusals

  private func refused(_ reason: String) -> Reply { .text(.badRequest, #"{"errors":{"":["\#(reason)"]}}"#) }

  private func invalid(_ parameter: String, _ value: String) -> Reply {
    let shown = value.isEmpty ? "The \(parameter) field is required." : "The value '\(plain(value))' is not valid."
    return .text(
      .badRequest,
      #"{"type":"https://tools.ietf.org/html/rfc9110#section-15.5.1","#
        + #""title":"One or more validation errors occurred.","#
        + #""status":400,"errors":{"\#(parameter)":["\#(shown)"]}}"#)
  }
}

/// `text` without the characters that would have to be escaped in JSON, cut to a line.
func plain(_ text: String) -> String {
  String(text.unicodeScalars.filter { $0.value >= 0x20 && $0 != "\"" && $0 != "\\" }.prefix(80).map(Character.init))
}
