import ArgumentParser
import Collector
import EmbeddedPostgres
import Feeds
import Fetch
import FluxMetrics
import Intake
import Market
import ServiceLifecycle
import Simulator
import UnixSignals

struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Everything at once, without settings: database, two weeks of history, one round, newest values.",
    discussion: """
      flux-market demo
      flux-market demo --once

      It asks the real feeds. Where Elexon's API can't be reached it runs on simulated feeds with made-up values, which
      it keeps in a database of their own.
      """)

  @Flag(help: "End after the newest values are printed; without it, go on collecting.")
  var once = false
  @Option(help: "How many days to backfill, at most 365.")
  var days = 14

  func validate() throws {
    guard (1...365).contains(days) else { throw ValidationError("--days takes a number from 1 to 365: \(days)") }
  }

  func run() async throws {
    let plain = try Settings()
    if await reachesElexon(plain) {
      tell(
        plain.environment["FLUX_HOST_ELEXON_URL"] == nil
          ? "The real feeds are reachable: these are the market's own values."
          : "The feeds that FLUX_HOST_ELEXON_URL and its like name are reachable: the values are theirs.")
      try await run(plain, simulated: false)
      return
    }
    tell("Elexon's API can't be reached: SIMULATED feeds with made-up values, kept in a database of their own.")
    try await withSimulator(Simulator.Options(now: Pacing.system.now), london: plain.london) { port in
      let variables = Simulator.environment(port: port)
      let simulated = try Settings(changes: Dictionary(uniqueKeysWithValues: variables.map { ($0.name, $0.value) }))
      try await run(simulated, simulated: true)
    }
  }

  private func run(_ settings: Settings, simulated: Bool) async throws {
    let database = try await DatabaseAccess(settings, simulated: simulated)
    let logger = try settings.logger()
    let today = SettlementDate(containing: Pacing.system.now(), in: settings.london)
    let window = Window(from: today.advanced(by: -days), through: today, in: settings.london)
    let output = try OutputOptions.parse([])

    // Those that need no credential; of the real Modo, which answers once a minute, the round below is enough.
    let history =
      ["elexon-system-price", "elexon-market-index"] + (simulated ? ["modo-niv-live", "modo-system-price-live"] : [])
    var failed = try await database.with(connections: 2) { connections in
      let backfills = try await BackfillSession(
        settings: settings, database: database, through: connections, folder: nil, output: output)
      return try await backfills.run(try await backfills.plan(history, range: window))
    }
    let metrics = CollectorMetrics(version: FluxMarket.version, now: Pacing.system.now)
    let roster = Roster(folder: nil, only: [], database: database, isAlone: false, metrics: metrics, logger: logger)
    let collector = Collector(
      try await roster.intakes(settings),
      try await Collect.surroundings(settings, database: database, metrics: metrics, logger: logger))
    tell("One round of every feed\(simulated ? "" : "; Modo's two take a minute, which is its limit"):")
    failed = Collect.status(of: await collector.once()) ?? failed
    say("")
    try await Latest.print(signals: [], from: database, options: output, london: settings.london)
    tellWhatNext(settings, database, simulated: simulated)
    if once {
      if let failed { throw failed }
      return
    }
    // Said by a service, which the group starts once it has taken over Ctrl-C.
    let notice = ServiceGroupConfiguration.ServiceConfiguration(
      service: Notice(line: "Collecting goes on; Ctrl-C stops it."), successTerminationBehavior: .ignore)
    try await ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [notice, ServiceGroupConfiguration.ServiceConfiguration(service: collector)],
        gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    ).run()
    tell("Stopped.")
  }

  private struct Notice: Service {
    let line: String
    func run() async { tell(line) }
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

  /// Lines that work when pasted, from any folder.
  private func tellWhatNext(_ settings: Settings, _ database: DatabaseAccess, simulated: Bool) {
    let flag = simulated ? " --simulated" : ""
    var command = Self.shellWord(Self.typedProgram)
    // Whoever set it for this run alone, as scripts/quickstart does, has to name it again.
    for name in ["FLUX_STATE_DIR", "FLUX_SHARE_DIR"] where database.isEmbedded {
      guard let value = settings.environment[name], !value.isEmpty else { continue }
      command = "\(name)=\(Self.shellWord(StateFolder(path: value).path)) \(command)"
    }
    var lines = [
      "", "The data are in \(database.isEmbedded ? settings.state.path : "\(database.settings)"). Try next:",
      "  \(command) latest\(flag)",
      "  \(command) history imbalance_price --from yesterday\(flag)",
      "  \(command) history imbalance_price --from yesterday --revisions --format csv\(flag)",
    ]
    if database.isEmbedded {
      lines += [
        "  psql \"$(\(command) db url\(flag))\" -c 'SELECT * FROM flux.market_data_latest'",
        "  \(command) db down        # stops the database, which goes on without the demo",
      ]
    }
    lines.forEach(tell)
  }

  /// The program as it was called, so that it works from any folder: a bare name was found in PATH, and will be again.
  private static var typedProgram: String {
    guard let typed = CommandLine.arguments.first, !typed.isEmpty else { return Settings.programPath }
    return typed.contains("/") ? StateFolder(path: typed).path : typed
  }

  /// `text` as one word of the shell, quoted where it needs to be.
  static func shellWord(_ text: String) -> String {
    let plain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "/._-+=:,@%".utf8.contains(byte)
      }
    }
    return plain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }
}
