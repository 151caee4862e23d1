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
    /// Calls a minute of the hosts that keep to a limit; what is beyond it is answered with 429.
    package var limits: [SimulatedHost: Int] = [:]
    package var faults = FaultPlan.none
    package var ledger: Ledger?
    /// How long a version of the last hours' values holds; nil where they are revised as the providers do.
    package var revisesEvery: Duration?
    package var now: @Sendable () -> Instant

    package init(now: @escaping @Sendable () -> Instant) { self.now = now }
  }

  private let options: Options
  let elexon: Elexon
  let portal: Portal
  let modo: Modo
  let axle: Axle
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
    let revisions = Revisions(dice: dice, every: options.revisesEvery)
    elexon = Elexon(model: model, publication: publication, london: london, revisions: revisions)
    portal = Portal(model: model, publication: publication, london: london, key: TestCredentials.portalKey)
    modo = Modo(model: model, publication: publication, london: london, revisions: revisions)
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
      router: router(Answers(options)), configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: options.port)),
      onServerRunning: { channel in
        guard let port = channel.localAddress?.port else { return }
        await onListening(port)
      }, logger: logger)
    do { try await application.run() } catch let error as IOError {
      throw PortError(port: options.port, code: error.errnoCode)
    }
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
    return "port \(port) of 127.0.0.1 cannot be listened on: \(reason); "
      + "choose another one with --port, or 0 for a free one"
  }
}
