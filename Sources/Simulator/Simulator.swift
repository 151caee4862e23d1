import Glibc
import Hummingbird
package import Logging
package import Market
import NIOCore
import ServiceLifecycle

/// The feeds' stand-in: answers over real HTTP, on 127.0.0.1 alone, as the four providers do.
///
/// The same seed, clock and question give the same bytes. Values are made up, but for the days of a recording.
package struct Simulator: Service {
  package struct Options: Sendable {
    /// 0 for any free one.
    package var port = 0
    package var seed: UInt64 = 1
    /// Recorded days, served with their real values.
    package var recording: Recording?
    /// Days before this one answer as if published and revised, whatever the clock says.
    package var publishedUntil: SettlementDate?
    /// Whether the providers' own limits act: Modo's one call a minute.
    package var limits = false
    package var now: @Sendable () -> Instant

    package init(now: @escaping @Sendable () -> Instant) { self.now = now }
  }

  private let options: Options
  private let elexon: Elexon
  private let portal: Portal
  private let modo: Modo
  private let axle: Axle
  private let logger: Logger
  private let onListening: @Sendable (Int) async -> Void

  /// - Parameter onListening: told the port once the simulator answers on it.
  package init(
    _ options: Options, london: LondonClock, logger: Logger,
    onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
  ) {
    self.options = options
    self.logger = logger
    self.onListening = onListening
    let dice = Dice(seed: options.seed)
    let model = MarketModel(dice: dice, recording: options.recording)
    let publication = PublicationClock(dice: dice, london: london, publishedUntil: options.publishedUntil)
    elexon = Elexon(model: model, publication: publication, london: london)
    portal = Portal(model: model, publication: publication, london: london, key: TestCredentials.portalKey)
    modo = Modo(model: model, publication: publication, london: london, isLimited: options.limits)
    axle = Axle(
      dice: dice, london: london, username: TestCredentials.axleUsername, password: TestCredentials.axlePassword,
      assets: TestCredentials.assets.map(\.0))
  }

  /// Serves until cancelled or asked to shut down.
  ///
  /// - Throws: ``PortError`` where the port cannot be had.
  package func run() async throws {
    let onListening = onListening
    let application = Application(
      router: router(), configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: options.port)),
      onServerRunning: { channel in
        guard let port = channel.localAddress?.port else { return }
        await onListening(port)
      }, logger: logger)
    do { try await application.run() } catch let error as IOError {
      throw PortError(port: options.port, code: error.errnoCode)
    }
  }

  private func router() -> Router<BasicRequestContext> {
    let (elexon, portal, modo, axle, now) = (elexon, portal, modo, axle, options.now)
    let router = Router()

    let prices = "/elexon/bmrs/api/v1/balancing/settlement/system-prices"
    router.get("\(prices)/:date") { _, context in
      elexon.systemPrices(date: try context.parameters.require("date"), at: now()).response
    }
    router.get("\(prices)/:date/:period") { _, context in
      let period = try context.parameters.require("period")
      return elexon.systemPrices(date: try context.parameters.require("date"), period: period, at: now()).response
    }
    router.get("/elexon/bmrs/api/v1/balancing/pricing/market-index") { request, _ in
      let query = request.uri.queryParameters
      return elexon.marketIndex(
        Elexon.IndexQuery(
          from: query["from"].map(String.init), to: query["to"].map(String.init),
          periodFrom: query["settlementPeriodFrom"].map(String.init),
          periodTo: query["settlementPeriodTo"].map(String.init),
          providers: query[values: "dataProviders"].map(String.init)),
        at: now()
      ).response
    }
    router.get("/portal/file/download/:name") { request, context in
      let key = request.uri.queryParameters["key"].map(String.init)
      return portal.file(try context.parameters.require("name"), key: key, at: now()).response
    }
    for series in Modo.Series.allCases {
      router.get("/modo/pub/v1/gb/modo/markets/\(series.rawValue)") { request, _ in
        let query = request.uri.queryParameters
        return modo.page(
          series,
          Modo.Query(
            dateFrom: query["date_from"].map(String.init), dateTo: query["date_to"].map(String.init),
            limit: query["limit"].map(String.init), offset: query["offset"].map(String.init),
            address: "http://\(plain(request.head.authority ?? "127.0.0.1"))\(request.uri.path)"),
          at: now()
        ).response
      }
    }
    router.post("/axle/auth/token-form") { request, _ in
      let body = try await request.body.collect(upTo: 16_384)
      return axle.token(form: formPairs(String(buffer: body)), at: now()).response
    }
    router.get("/axle/entities/asset/:asset/battery-schedule") { request, context in
      axle.batterySchedule(
        asset: try context.parameters.require("asset"), authorization: request.headers[.authorization], at: now()
      ).response
    }
    return router
  }
}

/// The simulator cannot listen on the port it was given.
package struct PortError: Error, Hashable, CustomStringConvertible {
  package let port: Int
  /// errno of `bind`.
  package let code: Int32

  /// Below 1024 ports are for root alone.
  package var isForbidden: Bool { code == EACCES }

  package var description: String {
    let reason = String(cString: strerror(code))
    return "port \(port) of 127.0.0.1 cannot be listened on: \(reason); choose another one with --port, or 0 for a free one"
  }
}

extension Reply {
  fileprivate var response: Response {
    var headers = HTTPFields()
    headers[.contentType] = contentType
    headers[.cacheControl] = "no-store, must-revalidate, no-cache"
    if let retryAfter { headers[.retryAfter] = "\(retryAfter)" }
    return Response(
      status: HTTPResponse.Status(code: status.rawValue), headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
  }
}
