internal import Market

/// Modo Energy's live estimates of imbalance volume and system price, for the running period and those before it.
struct Modo: Sendable {
  enum Series: String, Sendable, CaseIterable {
    case volume = "niv-live"
    case price = "system-price-live"
  }

  /// The query of a request, as it came; `address` is the request's own, without a query: `http://127.0.0.1:8080/…`.
  struct Query: Sendable {
    var dateFrom: String?
    var dateTo: String?
    var limit: String?
    var offset: String?
    var address: String
  }

  let model: MarketModel
  let publication: PublicationClock
  let london: LondonClock
  let revisions: Revisions

  func page(_ series: Series, _ query: Query, at now: Instant) -> Reply {
    let today = SettlementDate(containing: now, in: london)
    guard let from = date(query.dateFrom, or: today), let to = date(query.dateTo, or: today) else {
      return .text(.badRequest, #"{"detail":"date_from and date_to must be dates: YYYY-MM-DD"}"#)
    }
    guard let limit = Int(query.limit ?? "1000"), limit > 0, let offset = Int(query.offset ?? "0"), offset >= 0 else {
      return .text(.badRequest, #"{"detail":"limit and offset must be numbers"}"#)
    }
    let rows = periods(from: from, to: to, at: now)
    let size = min(limit, 10_000)
    var body: [UInt8] = []
    body.append(#"{"count":"#)
    body.append(rows.count)
    body.append(#","next":"#)
    append(link: offset + size < rows.count ? offset + size : nil, query, from, to, size, to: &body)
    body.append(#","previous":"#)
    append(link: offset > 0 ? max(0, offset - size) : nil, query, from, to, size, to: &body)
    body.append(#","results":["#)
    var records: [Reply.Record] = []
    for row in rows.dropFirst(offset).prefix(size) {
      if !records.isEmpty { body.append(",") }
      let opening = body.count
      body.append(#"{"date":""#)
      let date = body.range { $0.append(row.date.date) }
      body.append(#"","settlement_period":"#)
      let period = body.range { $0.append(row.number) }
      let value = estimate(row, at: now)
      let field = series == .volume ? "niv" : "system_price"
      body.append(#","\#(field)":"#)
      let number = body.range { $0.append(series == .volume ? value.volume : value.price, .shortestWithPoint) }
      body.append("}")
      records.append(
        Reply.Record(
          bytes: opening..<body.count, date: row.date, periodCount: row.date.periodCount(in: london),
          period: row.number, dateBytes: date, periodBytes: period,
          values: [Reply.Value(field: field, bytes: number)]))
    }
    body.append("]}")
    var reply = Reply.json(body)
    reply.records = records
    return reply
  }

  private func date(_ text: String?, or today: SettlementDate) -> SettlementDate? {
    guard let text else { return today }
    return SettlementDate(text)
  }

  /// Newest first. A running period is there from its second to fourth minute on; until then its predecessor leads.
  private func periods(from: SettlementDate, to: SettlementDate, at now: Instant) -> [SettlementPeriod] {
    var periods: [SettlementPeriod] = []
    let today = SettlementDate(containing: now, in: london)
    let last = publication.publishedUntil.map { max(today, $0.advanced(by: -1)) } ?? today
    var date = min(to, last)
    while date >= from {
      let start = date.start(in: london)
      for number in stride(from: date.periodCount(in: london), through: 1, by: -1) {
        let delay = 2 + model.dice.number(below: 3, date.date.daysSinceEpoch, number, .firstLag)
        guard publication.isPublished(date) || start.advanced(by: .minutes(30 * (number - 1) + delay)) <= now,
          let period = SettlementPeriod(date, number, in: london)
        else { continue }
        periods.append(period)
      }
      date = date.advanced(by: -1)
    }
    return periods
  }

  /// Changes every minute of the period, less and less; after it stands still, until Elexon's first calculation is out.
  private func estimate(_ period: SettlementPeriod, at now: Instant) -> MarketModel.Imbalance {
    let begins = period.start(in: london)
    var value = model.imbalance(period.date.date, period.number, .firstRun)
    value.volume.tail = 0
    if let began = revisions.newest(of: begins, at: now) {
      revisions.revise(&value.price, .price, of: begins, began)
      revisions.revise(&value.volume, .volume, of: begins, began)
    }
    let out = begins.advanced(by: .minutes(30)).advanced(by: publication.firstRunLag(period.date, period.number))
    if out <= now || publication.isPublished(period.date) { return value }
    let minute = min(max(Int(now.since(begins).microseconds / 60_000_000), 0), 30)
    let unsure = Double(34 - minute) / 34
    let swing = model.dice.swing(period.date.date.daysSinceEpoch, period.number * 100 + minute, .estimate)
    value.volume.micros += Int64(swing * unsure * 400_000) * 1_000
    value.price.micros += Int64(swing * unsure * 3_000) * 10_000
    return value
  }

  /// The address of another page as plain http, as Modo's own links are; `null` where there is none.
  private func append(
    link offset: Int?, _ query: Query, _ from: SettlementDate, _ to: SettlementDate, _ size: Int,
    to body: inout [UInt8]
  ) {
    guard let offset else { return body.append("null") }
    body.append(#""\#(query.address)?date_from=\#(from)&date_to=\#(to)&limit=\#(size)&offset=\#(offset)""#)
  }
}
