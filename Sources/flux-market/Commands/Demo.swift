import ArgumentParser
import Collector
import Fetch
import Intake
import Market
import ServiceLifecycle
import Simulator

struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Everything once, without settings: database, migrations, two weeks of history, one round, newest values.",
    discussion: """
      flux-market demo
      flux-market demo --once

      It asks the real feeds. Where Elexon's API can't be reached it runs on simulated feeds with made-up values, which
      it keeps in a database of their own.
      """)

  @Flag(help: "End after the newest values are printed; without it, go on collecting.")
  var once = false
  @Option(help: "How many days to backfill.")
  var days = 14

  func run() async throws {
    let plain = try Settings()
    if await reachesElexon(plain) {
      tell("The real feeds are reachable: these are the market's own values.")
      try await run(plain, simulated: false)
      return
    }
    tell("Elexon's API can't be reached: SIMULATED feeds with made-up values, kept in a database of their own.")
    try await withSimulator(Simulator.Options()) { port in
      let variables = SimulatorEnvironment.variables(port: port)
      let simulated = try Settings(changes: Dictionary(uniqueKeysWithValues: variables.map { ($0.name, $0.value) }))
      try await run(simulated, simulated: true)
    }
  }

  private func run(_ settings: Settings, simulated: Bool) async throws {
    let database = try await DatabaseAccess(settings, simulated: simulated)
    let logger = Collect.logger()
    let now = Pacing.system.now()
    let today = SettlementDate(containing: now, in: settings.london)
    let window = Window(from: today.advanced(by: -days), through: today, in: settings.london)
    let output = try OutputOptions.parse([])

    // Of the feeds with a long history, those that no credential keeps off.
    var failed = try await BackfillCommand.run(
      ["elexon-system-price", "elexon-market-index"], window: window, settings: settings, folder: nil,
      database: database, output: output)
    let collector = try await Collect.collector(settings, folder: nil, only: [], database: database, logger: logger)
    failed = Collect.status(of: await collector.once()) ?? failed
    print("")
    try await Latest.print(signals: [], from: database, options: output, london: settings.london)
    tellWhatNext(settings, database, simulated: simulated)
    if once {
      if let failed { throw failed }
      return
    }
    try await ServiceGroup(
      services: [collector], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
    ).run()
  }

  /// Elexon's own API, or whatever FLUX_HOST_ELEXON_URL names: three seconds to answer.
  private func reachesElexon(_ settings: Settings) async -> Bool {
    guard let session = try? FeedSession(settings, folder: nil, signals: Signal.standard),
      let host = session.catalog.hosts.first(where: { $0.id == "elexon" }),
      let url = try? RedactedURL(host.baseURL).appending("/health")
    else { return false }
    let limits = Limits(connect: .seconds(3), total: .seconds(3))
    do {
      _ = try await session.fetcher.fetch(Request(.get, url, limits: limits))
      return true
    } catch {
      // Any answer of the API's own, be it a refusal, shows that it is there.
      return error.status != nil
    }
  }

  private func tellWhatNext(_ settings: Settings, _ database: DatabaseAccess, simulated: Bool) {
    let program = CommandLine.arguments.first ?? "flux-market"
    let state = settings.environment["FLUX_STATE_DIR"].map { "FLUX_STATE_DIR=\($0) " } ?? ""
    let flag = simulated ? " --simulated" : ""
    var lines = [
      "", "The data are in \(settings.state.path). Try next:",
      "  \(state)\(program) latest\(flag)",
      "  \(state)\(program) history imbalance_price --from yesterday\(flag)",
      "  psql \"$(\(state)\(program) db url\(flag))\" -c 'SELECT * FROM flux.market_data_latest'",
      "  \(state)\(program) db down        # stops the database that the demo leaves running",
    ]
    if !once { lines.append("Collecting goes on; stop it with Ctrl-C.") }
    lines.forEach(tell)
  }
}
