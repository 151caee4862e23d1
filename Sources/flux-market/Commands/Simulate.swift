import ArgumentParser
import Intake
import Logging
import Market
import ServiceLifecycle
import Simulator
import UnixSignals

struct Simulate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Stands in for all feeds, over real HTTP on loopback, with made-up or recorded values.",
    discussion: """
      flux-market simulate &
      eval "$(flux-market simulate --print-env)"
      flux-market backfill elexon-system-price --from 30d --simulated

      flux-market simulate --faults 'html:0.05,status=503:0.1@elexon,outage@modo:60s-90s' --ledger served.jsonl

      It serves until it is stopped, and prints the variables that point flux-market at it once it answers.
      With --print-env it prints them and ends. The same seed gives the same values for the same dates, always.
      """)

  @Option(help: "The port on 127.0.0.1; 0 takes a free one and tells which.")
  var port = 8089
  @Option(help: "Values follow from this number and the date.")
  var seed: UInt64 = 1
  @Option(help: ArgumentHelp("Serve real values from the Portal's files in this folder.", valueName: "folder"))
  var replay: String?
  @Option(
    help: ArgumentHelp(
      "Answer as if all before this date had been published and revised, beyond today too.", valueName: "date"),
    transform: RangeEnd.init)
  var publishedUntil: RangeEnd?
  @Flag(help: "Keep to the providers' limits, such as Modo's one call a minute; what is beyond them gets 429.")
  var limits = false
  @Option(
    help: ArgumentHelp("Keep to this many calls a minute of one host; may be repeated.", valueName: "host=n"),
    transform: HostLimit.init)
  var limit: [HostLimit] = []
  @Option(
    help: ArgumentHelp(
      "What goes wrong: rules with commas between, \(FaultPlan.grammar).", valueName: "rules"),
    transform: { try FaultPlan(specification: $0) })
  var faults = FaultPlan.none
  @Option(help: ArgumentHelp("Append a line of JSON for each request, with what it was told.", valueName: "file"))
  var ledger: String?
  @Option(help: ArgumentHelp("Revise every value of the last six hours this often.", valueName: "seconds"))
  var lively: Int?
  @Flag(help: "Print the variables that point flux-market at it, and end.")
  var printEnv = false

  func validate() throws {
    if let lively, !(1...86_400).contains(lively) {
      throw ValidationError("--lively takes seconds, from 1 to 86400: \(lively)")
    }
    guard (0...65_535).contains(port) else { throw ValidationError("a port is a number from 0 to 65535: \(port)") }
    guard !printEnv || port != 0 else {
      throw ValidationError("with --port 0 the port is known once it is served: without --print-env it is printed then")
    }
  }

  func run() async throws {
    if printEnv { return Self.printEnvironment(port) }
    let settings = try Settings()
    var options = Simulator.Options(now: Pacing.system.now)
    options.port = port
    options.seed = seed
    if limits { options.limits = Dictionary(uniqueKeysWithValues: SimulatedHost.allCases.map { ($0, $0.usualLimit) }) }
    for limit in limit { options.limits[limit.host] = limit.calls }
    options.faults = faults
    options.ledger = try ledger.map(Ledger.init(path:))
    options.revisesEvery = lively.map { .seconds($0) }
    options.recording = try replay.map(Recording.init(folder:))
    options.publishedUntil = publishedUntil?.date(now: Pacing.system.now(), in: settings.london)
    // What it has to say is said here; its web server's own words are for none but its makers.
    var logger = try settings.logger()
    logger.logLevel = .critical
    let values = replay.map { "the values recorded in \($0), and made-up ones for all other days" } ?? "made-up values"
    let simulator = Simulator(options, london: settings.london, logger: logger) { port in
      tell("simulating all feeds on http://127.0.0.1:\(port): \(values). Ctrl-C stops it.")
      Self.printEnvironment(port)
    }
    try await ServiceGroup(
      services: [simulator], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
    ).run()
  }

  /// Lines for a shell.
  private static func printEnvironment(_ port: Int) {
    say(Simulator.environment(port: port).map { "export \($0.name)='\($0.value)'" }.joined(separator: "\n"))
  }
}

/// `modo=1`: a host and its calls a minute.
struct HostLimit {
  let host: SimulatedHost
  let calls: Int

  init(_ argument: String) throws {
    let parts = argument.split(separator: "=", maxSplits: 1)
    guard let host = parts.first.flatMap({ SimulatedHost(rawValue: String($0)) }) else {
      throw ValidationError("a limit begins with a host; there are \(SimulatedHost.names)")
    }
    guard parts.count == 2, let calls = Int(parts[1]), calls > 0 else {
      throw ValidationError("behind \(host.rawValue)= stands how many calls a minute, 1 or more")
    }
    (self.host, self.calls) = (host, calls)
  }
}
