import Glibc
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
package import Market
import NIOCore
import NIOSSL
package import Postgres
import ServiceLifecycle

/// The HTTP API, its stream, and the desk's page.
package struct APIServer: Service {
  private let settings: APISettings
  private let tls: TLSConfiguration?
  let live: LiveFeed
  let api: API
  private let logger: Logger
  private let onListening: @Sendable (Int) async -> Void

  /// - Parameters:
  ///   - database: how to log in; what is asked is asked read-only, as flux_reader where the user is a member of it.
  ///   - now: this machine's clock.
  ///   - sleep: between heartbeats, and before a database that is away is asked for again.
  ///   - onListening: told the port once it answers there.
  /// - Throws: ``UnsafeAddress``, ``UnreadableCertificate``.
  package init(
    _ settings: APISettings, database: ConnectionSettings, london: LondonClock, logger: Logger,
    now: @escaping @Sendable () -> Instant,
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
    onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
  ) throws {
    try settings.check()
    self.settings = settings
    tls = try settings.certificate.map { try $0.configuration() }
    var reading = database
    reading.isReadOnly = true
    reading.role = "flux_reader"
    reading.statementTimeout = settings.limits.statement
    reading.lockTimeout = .seconds(2)
    live = LiveFeed(reading, london: london, limits: settings.limits, logger: logger, sleep: sleep)
    api = API(
      pool: ConnectionPool(reading, size: settings.limits.databaseConnections), live: live,
      latestAnswers: LatestAnswers(moment: settings.limits.latestKept),
      page: PageFiles(folder: settings.shareFolder), london: london, isSimulated: settings.isSimulated,
      limits: settings.limits, logger: logger, clock: now)
    self.logger = logger
    self.onListening = onListening
  }

  /// How many streams are open, and how many were hung up on since the start.
  package var streams: (open: Int, dropped: Int) { (live.readers.count, live.readers.dropped) }

  /// Serves until cancelled or asked to shut down.
  ///
  /// - Throws: ``ListenError`` where the address cannot be had.
  package func run() async throws {
    let (address, limits, logger, onListening) = (settings.address, settings.limits, logger, onListening)
    let isEncrypted = tls != nil
    let plain = HTTPServerBuilder { APIChannel(responder: $0, limits: limits, isEncrypted: isEncrypted) }
    let scheme = isEncrypted ? "https" : "http"
    let application = Application(
      router: api.router(Access(tokens: settings.neededTokens, origins: settings.origins)),
      server: try tls.map { try .tls(plain, tlsConfiguration: $0) } ?? plain,
      configuration: ApplicationConfiguration(
        address: .hostname(address.host, port: address.port), serverName: nil,
        availableConnectionsDelegate: MaximumAvailableConnections(limits.connections)),
      services: [live],
      onServerRunning: { channel in
        let port = channel.localAddress?.port ?? address.port
        logger.info("the page and the API are on \(scheme)://\(ListenAddress(host: address.host, port: port))/")
        await onListening(port)
      }, logger: logger.quiet)
    try await application.run(on: address, setting: "--bind ADDRESS or --port PORT")
    await api.pool.close()
  }
}
