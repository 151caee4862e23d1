import ArgumentParser
import Intake
import Logging
import Market
import ServiceLifecycle
import Simulator
import UnixSignals

struct Simulate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Stands in for all feeds, over real HTTP on loopback, with made-up or recorded values.",
    discussion: """
      flux-market simulate &
      eval "$(flux-market simulate --print-env)"
      flux-market backfill elexon-system-price --from 30d --simulated

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
  @Flag(help: "Keep to the providers' limits, such as Modo's one call a minute.")
  var limits = false
  @Flag(help: "Print the variables that point flux-market at it, and end.")
  var printEnv = false

  func validate() throws {
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
    options.limits = limits
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
