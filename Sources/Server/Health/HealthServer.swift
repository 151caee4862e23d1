import Hummingbird
import HummingbirdCore
package import Logging
package import FluxMetrics
import NIOCore
import ServiceLifecycle

/// What the collector answers to whoever watches it: `/livez`, `/readyz` and `/metrics`.
package struct HealthServer: Service {
  private let address: ListenAddress
  private let metrics: CollectorMetrics
  private let tokens: APITokens?
  private let readiness: @Sendable () async -> Readiness
  private let patience: Patience
  private let logger: Logger
  private let onListening: @Sendable (Int) async -> Void

  /// How long a client may take.
  package struct Patience: Sendable {
    /// Between two reads while a request is not here in full.
    package var silence = Duration.seconds(10)
    /// For all that one connection asks; then it is closed, and the client makes another.
    package var connection = Duration.seconds(60)

    package init() {}
  }

  private static let mostConnections = 64
  private static let mostHeaderBytes = 16_384

  /// - Parameters:
  ///   - tokens: whom `/metrics` answers; needed where others than this machine can reach `address`, and only there.
  ///   - readiness: asked at each `/readyz`; it must not wait for anything.
  ///   - onListening: told the port once it answers there.
  /// - Throws: ``TokensMissing``.
  package init(
    _ address: ListenAddress, metrics: CollectorMetrics, tokens: APITokens?, patience: Patience = Patience(),
    logger: Logger, readiness: @escaping @Sendable () async -> Readiness,
    onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
  ) throws(TokensMissing) {
    guard address.isLoopback || tokens != nil else { throw TokensMissing(address: address) }
    self.address = address
    self.metrics = metrics
    self.tokens = address.isLoopback ? nil : tokens
    self.readiness = readiness
    self.patience = patience
    self.logger = logger
    self.onListening = onListening
  }

  /// Serves until cancelled or asked to shut down.
  ///
  /// - Throws: ``ListenError`` where the address cannot be had.
  package func run() async throws {
    let (address, logger, patience, onListening) = (address, logger, patience, onListening)
    let application = Application(
      router: router(),
      server: .http1(
        configuration: HTTP1Channel.Configuration(
          additionalChannelHandlers: [ConnectionLifetime(TimeAmount(patience.connection))],
          idleTimeout: TimeAmount(patience.silence),
          httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: Self.mostHeaderBytes, maxHeaderListSize: Self.mostHeaderBytes,
            maxHeaderFieldCount: 100))),
      configuration: ApplicationConfiguration(
        address: .hostname(address.host, port: address.port),
        availableConnectionsDelegate: MaximumAvailableConnections(Self.mostConnections)),
      onServerRunning: { channel in
        let port = channel.localAddress?.port ?? address.port
        logger.info("/livez, /readyz and /metrics are on http://\(ListenAddress(host: address.host, port: port))")
        await onListening(port)
      }, logger: logger.quiet)
    try await application.run(on: address, setting: "--health ADDRESS:PORT")
  }

  private func router() -> Router<BasicRequestContext> {
    let (metrics, tokens, readiness) = (metrics, tokens, readiness)
    let router = Router()
    router.get("/livez") { _, _ in Self.reply(.ok, "text/plain; charset=utf-8", "alive\n") }
    router.get("/readyz") { request, _ in
      let readiness = await readiness()
      let status = readiness.isReady ? HTTPResponse.Status.ok : .serviceUnavailable
      return request.headers[.accept]?.contains("application/json") == true
        ? Self.reply(status, "application/json", readiness.json)
        : Self.reply(status, "text/plain; charset=utf-8", readiness.text)
    }
    router.get("/metrics") { request, _ in
      if let tokens, !tokens.allow(authorization: request.headers[.authorization]) {
        var refusal = Self.reply(.unauthorized, "text/plain; charset=utf-8", "a bearer token is needed\n")
        refusal.headers[.wwwAuthenticate] = "Bearer"
        return refusal
      }
      return Self.reply(.ok, CollectorMetrics.contentType, metrics.text())
    }
    return router
  }

  private static func reply(_ status: HTTPResponse.Status, _ type: String, _ text: String) -> Response {
    Response(
      status: status, headers: [.contentType: type, .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}

/// Closes a connection when its time is over, whatever it is doing: a request that drips in never ends by itself.
private final class ConnectionLifetime: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = Never

  private let lifetime: TimeAmount
  private var end: Scheduled<Void>?

  init(_ lifetime: TimeAmount) { self.lifetime = lifetime }

  func handlerAdded(context: ChannelHandlerContext) {
    end = context.eventLoop.scheduleTask(in: lifetime) { [channel = context.channel] in
      channel.close(promise: nil)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) { end?.cancel() }
}

/// Others than this machine could read the metrics, and no token keeps them from it.
package struct TokensMissing: Error, Hashable, CustomStringConvertible {
  package let address: ListenAddress

  package var description: String {
    "\(address) can be reached by others, whom /metrics answers only with a token: name a file of tokens with "
      + "FLUX_API_TOKENS_FILE, or listen on 127.0.0.1"
  }
}
