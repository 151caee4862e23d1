import Feeds
import Market
import Testing

/// The repository's root, from this file's place in it.
let repository = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

func catalog(_ environment: [String: String] = [:]) throws -> FeedCatalog {
  try FeedCatalog.load(directory: "\(repository)/feeds", signals: Signal.standard, environment: environment)
}

@Suite struct `The seven feeds` {
  let catalog: FeedCatalog

  init() throws { catalog = try FeedsTests.catalog() }

  func feed(_ id: String) throws -> Feed { try #require(catalog[id]) }

  func rule(_ id: String) throws -> RecordRule {
    guard case .records(let rule) = try feed(id).reading else { throw NoRecords() }
    return rule
  }

  struct NoRecords: Error {}

  @Test func `All load, sorted by id, each with words for people`() {
    #expect(
      catalog.feeds.map(\.id) == [
        "axle-battery-schedule", "elexon-market-index", "elexon-portal-best-view", "elexon-portal-market-index",
        "elexon-system-price", "modo-niv-live", "modo-system-price-live",
      ])
    for feed in catalog.feeds {
      #expect(feed.description.count > 20 && feed.source.hasPrefix("https://") && !feed.archive)
    }
  }

  @Test func `The four hosts have the limits of their providers`() {
    #expect(
      catalog.hosts == [
        Host(id: "axle", baseURL: "https://api.axle.energy", rate: .perMinute(60), atOnce: 4, isStrict: false),
        Host(
          id: "elexon", baseURL: "https://data.elexon.co.uk/bmrs/api/v1", rate: .perMinute(300), atOnce: 8,
          isStrict: false),
        Host(
          id: "elexon-portal", baseURL: "https://downloads.elexonportal.co.uk", rate: .perMinute(2), atOnce: 1,
          isStrict: false),
        Host(
          id: "modo", baseURL: "https://api.modoenergy.com/pub/v1", rate: .perMinute(1), atOnce: 1, isStrict: true),
      ])
  }

  @Test(arguments: [
    ("axle-battery-schedule", ["axle_dispatch"]), ("elexon-market-index", ["wholesale_price", "wholesale_volume"]),
    ("elexon-portal-best-view", ["imbalance_price_settled", "niv_settled"]),
    ("elexon-portal-market-index", ["wholesale_price", "wholesale_volume"]),
    ("elexon-system-price", ["imbalance_price", "niv_outturn"]), ("modo-niv-live", ["niv_estimate"]),
    ("modo-system-price-live", ["imbalance_price_estimate"]),
  ])
  func `Each yields its signals`(id: String, signals: [String]) throws {
    #expect(try feed(id).signals.map(\.name) == signals)
  }

  @Test func `Volumes of a half hour in MWh become MW by doubling, and nothing else is scaled`() throws {
    for feed in catalog.feeds {
      guard case .records(let rule) = feed.reading else { continue }
      for value in rule.values { #expect(value.scale == (value.signal.unit == .megawatt ? 2 : 1)) }
    }
  }

  @Test func `The system price is asked a day at a time until its rerun is in`() throws {
    let feed = try feed("elexon-system-price")
    #expect(feed.request == RequestTemplate(path: "/balancing/settlement/system-prices/{settlement_date}"))
    #expect(feed.span == .settlementDay && feed.format == .json && feed.auth == .none && feed.paging == nil)
    #expect(
      feed.schedule
        == Schedule(
          every: .minutes(30), offset: .minutes(15), origin: .periodEnd, lookback: .days(2), whileMissing: .minutes(1)))
    #expect(
      feed.revisit
        == Revisit(until: .init(field: "createdDateTime", pastPeriodEnd: .hours(24)), limit: .days(7)))
    #expect(feed.covers == Coverage(first: SettlementDate("2019-01-01")))
    #expect(feed.quality.plausible == ["imbalance_price": -1000...9000, "niv_outturn": -8000...8000])
    #expect(feed.quality.cadence == .minutes(30))
    let rule = try rule("elexon-system-price")
    #expect(rule.records == ["data"] && rule.mean == nil && rule.filters.isEmpty)
    #expect(
      rule.time == .settlementPeriod(date: "settlementDate", form: .yearMonthDay, period: "settlementPeriod"))
    #expect(rule.values.map(\.field) == ["systemSellPrice", "netImbalanceVolume"])
  }

  @Test func `The market index is a mean over providers, asked by instants`() throws {
    let feed = try feed("elexon-market-index")
    #expect(
      feed.request
        == RequestTemplate(
          path: "/balancing/pricing/market-index",
          query: [.init("from", "{from}"), .init("to", "{to}")]))
    #expect(feed.span == .days(6))
    #expect(feed.schedule == Schedule(every: .minutes(5), offset: .minutes(1), lookback: .days(2)))
    #expect(feed.revisit == Revisit())
    #expect(try rule("elexon-market-index").mean == MeanRule(over: "dataProvider", weight: "volume"))
    #expect(try rule("elexon-market-index").values.map(\.field) == ["price", "volume"])
  }

  @Test func `No window of the market index is longer than the 168 hours that the provider allows`() throws {
    let london = try LondonClock(directories: LondonClock.systemDirectories(environment: [:]))
    let first = try #require(SettlementDate("2025-10-20"))
    let year = Window(from: first, through: first.advanced(by: 365), in: london)
    for window in try feed("elexon-market-index").span.windows(covering: year, in: london) {
      #expect(window.halfHours <= 336)
    }
  }

  @Test func `Modo's two feeds take turns within one call a minute`() throws {
    let niv = try feed("modo-niv-live")
    let price = try feed("modo-system-price-live")
    #expect(niv.schedule == Schedule(every: .minutes(2), lookback: .days(1)))
    #expect(price.schedule == Schedule(every: .minutes(2), offset: .minutes(1), lookback: .days(1)))
    #expect(niv.callsPerMinute == 0.5 && price.callsPerMinute == 0.5)
    for feed in [niv, price] {
      #expect(feed.span == .days(20) && feed.paging == Paging(next: ["next"]))
      #expect(feed.request.query == [.init("date_from", "{from_date}"), .init("date_to", "{to_date}")])
      #expect(feed.auth == .header(name: "X-Token", secret: "FLUX_MODO_TOKEN", required: false))
      #expect(feed.covers == Coverage(first: SettlementDate("2024-01-01")))
    }
    #expect(niv.request.path == "/gb/modo/markets/niv-live")
    #expect(price.request.path == "/gb/modo/markets/system-price-live")
    #expect(try rule("modo-niv-live").records == ["results"])
    #expect(try rule("modo-niv-live").values.map(\.field) == ["niv"])
    #expect(try rule("modo-system-price-live").values.map(\.field) == ["system_price"])
    #expect(try rule("modo-niv-live").values.allSatisfy(\.isNullable))
    #expect(
      try rule("modo-niv-live").time
        == .settlementPeriod(date: "date", form: .yearMonthDay, period: "settlement_period"))
  }

  @Test func `The Portal's files are Latin-1 tables with a key in the query`() throws {
    let best = try feed("elexon-portal-best-view")
    let index = try feed("elexon-portal-market-index")
    for feed in [best, index] {
      #expect(feed.format == .csv(CSVFormat(encoding: .latin1, columns: nil)))
      #expect(feed.auth == .query(name: "key", secret: "FLUX_ELEXON_PORTAL_KEY", required: true))
    }
    #expect(best.request.path == "/file/download/SSPSBPNIV_FILE" && best.span == .wholeFile)
    #expect(
      best.schedule == Schedule(every: .days(1), offset: .hours(6), jitter: .minutes(30), lookback: .zero))
    #expect(
      try rule("elexon-portal-best-view").time
        == .settlementPeriod(date: "Settlement Date", form: .dayMonthYear, period: "Settlement Period"))
    #expect(
      try rule("elexon-portal-best-view").values.map(\.field) == [
        "System Sell Price(GBP/MWh)", "Net Imbalance Volume(MWh)",
      ])
    #expect(index.span == .calendarYear && index.schedule == nil)
    #expect(
      try rule("elexon-portal-market-index").time
        == .settlementPeriod(date: "Settlement Date", form: .dayMonthNameYear, period: "Settlement Period"))
    #expect(
      try rule("elexon-portal-market-index").mean
        == MeanRule(over: "Market Index Data Provider Id", weight: "Market Index Volume (MWh)"))
    #expect(
      try rule("elexon-portal-market-index").values.map(\.field) == [
        "Market Index Price (£/MWh)", "Market Index Volume (MWh)",
      ])
  }

  @Test func `Axle is asked every minute for each battery, with a token for its password`() throws {
    let feed = try feed("axle-battery-schedule")
    #expect(feed.request == RequestTemplate(path: "/entities/asset/{asset}/battery-schedule"))
    #expect(feed.span == .wholeFile && feed.schedule == Schedule(every: .minutes(1), lookback: .zero))
    #expect(
      feed.auth
        == .passwordToken(
          path: "/auth/token-form", username: "FLUX_AXLE_USERNAME", password: "FLUX_AXLE_PASSWORD",
          lifetime: .minutes(50), required: true))
  }

  @Test func `Days of two years are asked for in two files, by London's year`() throws {
    let london = try LondonClock(directories: LondonClock.systemDirectories(environment: [:]))
    let feed = try feed("elexon-portal-market-index")
    let days = Window(
      from: try #require(SettlementDate("2023-12-31")), through: try #require(SettlementDate("2024-01-01")), in: london)
    let windows = feed.span.windows(covering: days, in: london)
    #expect(windows.map(\.halfHours) == [48, 48])
    #expect(
      windows.map { feed.request.pathAndQuery(for: $0, in: london) } == [
        "/file/download/MARKET_INDEX_FILE_2023", "/file/download/MARKET_INDEX_FILE_2024",
      ])
  }
}
