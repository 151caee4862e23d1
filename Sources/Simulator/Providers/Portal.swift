internal import Market
import Synchronization

/// Elexon's Portal: whole files of settled values, behind a scripting key.
///
/// In a replay the recorded files are served byte for byte; else the files are made up from the first day of 2019 to
/// the last day that has been settled.
final class Portal: Sendable {
  static let firstDate = SettlementDate("2019-01-01")!
  static let systemPriceFile = "SSPSBPNIV_FILE"
  /// One of these for each year: `MARKET_INDEX_FILE_2024`. The Portal's own name for them is not confirmed.
  static let indexFilePrefix = "MARKET_INDEX_FILE_"
  /// The current year's market index, as public programs ask for it.
  static let latestIndexFile = "LATEST_MID_FILE"

  private let model: MarketModel
  private let publication: PublicationClock
  private let london: LondonClock
  private let key: String
  /// The newest file of each name, with the day it ends on: megabytes that change once a day.
  private let made = Mutex<[String: (last: SettlementDate, body: [UInt8])]>([:])

  init(model: MarketModel, publication: PublicationClock, london: LondonClock, key: String) {
    self.model = model
    self.publication = publication
    self.london = london
    self.key = key
  }

  func file(_ name: String, key: String?, at now: Instant) -> Reply {
    guard key == self.key else {
      // No HTTP error: a script that does not look into the file takes this for prices.
      return .text(
        .ok, "Scripting Error 001: Scripting key provided does not resolve to a valid user", contentType: "text/html")
    }
    let last = publication.lastSettledDate(at: now)
    if name == Self.systemPriceFile {
      return csv(model.recording?.systemPriceFile ?? kept(name, last) { systemPrices(through: last) })
    }
    let year: Int
    if name == Self.latestIndexFile {
      year = london.date(at: now).yearMonthDay.year
    } else if name.hasPrefix(Self.indexFilePrefix), let named = Int(name.dropFirst(Self.indexFilePrefix.count)) {
      year = named
    } else {
      return .text(.notFound, "The file could not be found.", contentType: "text/html")
    }
    if let recorded = model.recording?.indexFiles[year] { return csv(recorded) }
    guard (Self.firstDate.date.yearMonthDay.year...last.date.yearMonthDay.year).contains(year) else {
      return .text(.notFound, "The file could not be found.", contentType: "text/html")
    }
    return csv(kept(name + "\(year)", last) { marketIndex(year, through: last) })
  }

  private func csv(_ body: [UInt8]) -> Reply { Reply(contentType: "text/csv", body: body) }

  private func kept(_ name: String, _ last: SettlementDate, _ make: () -> [UInt8]) -> [UInt8] {
    if let file = made.withLock({ $0[name] }), file.last == last { return file.body }
    let body = make()
    made.withLock { $0[name] = (last, body) }
    return body
  }

  private func systemPrices(through last: SettlementDate) -> [UInt8] {
    var body: [UInt8] = []
    body.append("Settlement Date,Settlement Period,System Sell Price(GBP/MWh),System Buy Price(GBP/MWh),")
    body.append("Net Imbalance Volume(MWh)\n")
    var date = Self.firstDate
    while date <= last {
      let (year, month, day) = date.date.yearMonthDay
      for period in 1...date.periodCount(in: london) {
        let value = model.imbalance(date.date, period, .settled)
        body.append(digits: UInt(day), width: 2)
        body.append("/")
        body.append(digits: UInt(month), width: 2)
        body.append("/")
        body.append(digits: UInt(year), width: 4)
        body.append(",")
        body.append(period)
        body.append(",")
        body.append(value.price, .shortest)
        body.append(",")
        body.append(value.price, .shortest)
        body.append(",")
        // The Portal gives volumes with three decimals.
        body.append(Number(micros: value.volume.micros / 1_000 * 1_000), .shortest)
        body.append("\n")
      }
      date = date.advanced(by: 1)
    }
    return body
  }

  private func marketIndex(_ year: Int, through last: SettlementDate) -> [UInt8] {
    var body: [UInt8] = []
    body.append("Settlement Date,Settlement Period,Market Index Data Provider Id,Market Index Volume (MWh),")
    body.append("Market Index Price (")
    body.append(0xA3)  // The pound sign in Latin-1.
    body.append("/MWh)\n")
    guard let newYear = CivilDate(year: year, month: 1, day: 1) else { return body }
    var date = SettlementDate(newYear)
    while date <= last, date.date.yearMonthDay.year == year {
      let (_, month, day) = date.date.yearMonthDay
      for period in 1...date.periodCount(in: london) {
        for (provider, quote) in [
          ("APXMIDP ", model.apx(date.date, period)), ("N2EXMIDP", model.n2ex(date.date, period)),
        ] {
          body.append(digits: UInt(day), width: 2)
          body.append(" ")
          body.append(monthNames[month - 1])
          body.append(" ")
          body.append(digits: UInt(year), width: 4)
          body.append(",")
          body.append(period)
          body.append(",")
          body.append(provider)
          body.append(",")
          body.append(quote.volume, .shortest)
          body.append(",")
          body.append(quote.price, .shortest)
          body.append("\n")
        }
      }
      date = date.advanced(by: 1)
    }
    return body
  }
}
