import ArgumentParser
import Collector
import EmbeddedPostgres
import FluxMetrics
import Intake
import Leases
import Logging
import Market
import Postgres
import Server
import ServiceLifecycle
import Spool

struct Collect: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect", abstract: "The service: asks every feed when it is due and loads what changed.",
    discussion: """
      flux-market collect
      flux-market collect --once --only elexon-system-price

      With --once it ends with 0 when every fetch succeeded, with 75 when one failed or the database was away; a host
      that another collector holds is waited for 20 seconds, then left to it. Without it, it goes on whatever a feed or
      the database does, and ends with 0 after Ctrl-C or SIGTERM; a second one ends it at once. SIGHUP reads the feeds
      anew, and keeps the old ones where something is wrong with the new. With --serve it answers as `flux-market serve`
      does, too.
      """)

  @Flag(help: "One round of every feed, then end.")
  var once = false
  @Option(parsing: .upToNextOption, help: ArgumentHelp("Only these feeds.", valueName: "feed"))
  var only: [String] = []
  @Option(help: ArgumentHelp("The folder of feed files.", valueName: "folder"))
  var feeds: String?
  @Flag(help: "No other collector runs: ask strict hosts even while no lease of theirs can be had.")
  var alone = false
  @Flag(help: "Serve the API and the desk's page, too.")
  var serve = false
  @OptionGroup var api: APIOptions
  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    if once, serve { throw ValidationError("--once ends, and --serve does not: leave one out") }
    if !serve, !api.isDefault { throw ValidationError("--port, --bind and --behind-proxy are of --serve: say that, too") }
  }

  func run() async throws {
    let settings = try Settings()
    let metrics = CollectorMetrics(version: FluxMarket.version, now: Pacing.system.now)
    let logger = try settings.logger(metrics)
    let database = try await DatabaseAccess(settings, simulated: database.simulated)
    let roster = Roster(
      folder: feeds, only: only, database: database, isAlone: alone, metrics: metrics, logger: logger)
    let surroundings = try await Self.surroundings(
      settings, database: database, metrics: metrics, logger: logger, isAlone: alone)
    // What cannot be served is said before anything is asked.
    let server = serve ? try settings.apiServer(api, database, logger: logger) : nil
    let collector = Collector(try await roster.intakes(settings), surroundings)
    if once {
      if let failed = Self.status(of: await collector.once()) { throw failed }
      return
    }
    try await Self.run(collector, roster, surroundings, settings, server: server)
  }

  static func surroundings(
    _ settings: Settings, database: DatabaseAccess, metrics: CollectorMetrics, logger: Logger, isAlone: Bool = false
  ) async throws -> Surroundings {
    try settings.state.create()
    let spool = try await Spool.open(
      folder: database.isSimulated ? settings.simulatedSpoolFolder : settings.spoolFolder,
      limit: try settings.spoolLimit, isPatient: true,
      report: { logger.error("\($0)") })
    return Surroundings(
      database: database.writing, spool: spool, heldHosts: settings.heldHosts, london: settings.london,
      metrics: metrics, logger: logger, isAlone: isAlone)
  }

  /// The collector with all that watches it, until a signal ends it.
  private static func run(
    _ collector: Collector, _ roster: Roster, _ surroundings: Surroundings, _ settings: Settings, server: APIServer?
  ) async throws {
    let logger = surroundings.logger
    let systemd = settings.systemd {
      // A collector that is stuck does not answer, and systemd starts another.
      _ = await collector.state()
      return true
    }
    var services: [any Service] = [Reload(collector: collector, roster: roster, systemd: systemd, logger: logger)]
    if let systemd { services.append(systemd) }
    let health = try settings.healthServer(surroundings.metrics, logger: logger) {
      await readiness(of: collector, surroundings.spool)
    }
    if let health { services.append(health) }
    if let server { services.append(server) }
    // Last in, first asked to end: the leases are released while the others still answer.
    services.append(collector)
    try await untilSignalled(services, logger: logger)
  }

  private static func readiness(of collector: Collector, _ spool: Spool) async -> Readiness {
    let (problem, held) = await collector.state()
    let room: Readiness.Check
    do {
      room =
        try await spool.hasRoom()
        ? Readiness.Check("spool", isOK: true, says: "has room")
        : Readiness.Check("spool", isOK: false, says: "is at its limit: nothing is asked")
    } catch { room = Readiness.Check("spool", isOK: false, says: "\(error)") }
    return Readiness([
      Readiness.Check("database", isOK: problem == nil, says: problem.map { "\($0)" } ?? "answers"),
      Readiness.Check(
        "hosts", isOK: true,
        says: held.isEmpty ? "all are held by other collectors" : "holds \(held.joined(separator: ", "))"),
      room,
    ])
  }

  /// How `--once` ends.
  static func status(of rounds: [Round]) -> ExitStatus? {
    rounds.allSatisfy(\.errors.isEmpty) ? nil : .later
  }
}
