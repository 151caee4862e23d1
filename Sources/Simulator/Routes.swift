import Hummingbird
internal import Market
import NIOCore

/// What the web server tells of a request beside its head: the channel too, since a fault may cut it.
struct SimulatorContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }
}

extension Simulator {
  /// Every path that is answered.
  func router(_ answers: Answers) -> Router<SimulatorContext> {
    let (elexon, portal, modo, axle) = (elexon, portal, modo, axle)
    let router = Router(context: SimulatorContext.self)

    let prices = RouterPath("\(SimulatedHost.elexon.base)/balancing/settlement/system-prices")
    router.get("\(prices)/:date") { request, context in
      let date = try context.parameters.require("date")
      return try await answers.answer(.elexon, request, context.channel) { elexon.systemPrices(date: date, at: $0) }
    }
    router.get("\(prices)/:date/:period") { request, context in
      let (date, period) = (try context.parameters.require("date"), try context.parameters.require("period"))
      return try await answers.answer(.elexon, request, context.channel) {
        elexon.systemPrices(date: date, period: period, at: $0)
      }
    }
    router.get("\(SimulatedHost.elexon.base)/balancing/pricing/market-index") { request, context in
      let query = request.uri.queryParameters
      let index = Elexon.IndexQuery(
        from: query["from"].map(String.init), to: query["to"].map(String.init),
        periodFrom: query["settlementPeriodFrom"].map(String.init),
        periodTo: query["settlementPeriodTo"].map(String.init),
        providers: query[values: "dataProviders"].map(String.init))
      return try await answers.answer(.elexon, request, context.channel) { elexon.marketIndex(index, at: $0) }
    }
    router.get("\(SimulatedHost.portal.base)/file/download/:name") { request, context in
      let key = request.uri.queryParameters["key"].map(String.init)
      let name = try context.parameters.require("name")
      return try await answers.answer(.portal, request, context.channel) { portal.file(name, key: key, at: $0) }
    }
    for series in Modo.Series.allCases {
      router.get("\(SimulatedHost.modo.base)/gb/modo/markets/\(series.rawValue)") { request, context in
        let query = request.uri.queryParameters
        let page = Modo.Query(
          dateFrom: query["date_from"].map(String.init), dateTo: query["date_to"].map(String.init),
          limit: query["limit"].map(String.init), offset: query["offset"].map(String.init),
          address: "http://\(plain(request.head.authority ?? "127.0.0.1"))\(request.uri.path)")
        return try await answers.answer(.modo, request, context.channel) { modo.page(series, page, at: $0) }
      }
    }
    router.post("\(SimulatedHost.axle.base)/auth/token-form") { request, context in
      let form = formPairs(String(buffer: try await request.body.collect(upTo: 16_384)))
      return try await answers.answer(.axle, request, context.channel) { axle.token(form: form, at: $0) }
    }
    router.get("\(SimulatedHost.axle.base)/entities/asset/:asset/battery-schedule") { request, context in
      let asset = try context.parameters.require("asset")
      let authorization = request.headers[.authorization]
      return try await answers.answer(.axle, request, context.channel) {
        axle.batterySchedule(asset: asset, authorization: authorization, at: $0)
      }
    }
    return router
  }
}
