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
      eval "$(flux-market simulate --port 8089 --print-env)"
      flux-market simulate --port 8089 &
      flux-market backfill elexon-system-price --from 30d --simulated

      The same seed gives the same values for the same dates, always.
      """)

  @Option(help: "The port on 127.0.0.1; 0 takes a free one and tells which.")
  var port = 8089
  @Option(help: "Values follow from this number and the date.")
  var seed: UInt64 = 1
  @Option(help: ArgumentHelp("Serve real values from the Portal's files in this folder.", valueName: "folder"))
  var replay: String?
  @Option(help: ArgumentHelp("Answer as if all before this date had been published and revised.", valueName: "date"))
  var publishedUntil: RangeEnd?
  @Flag(help: "Keep to the providers' limits, such as Modo's one call a minute.")
  var limits = false
  @Flag(help: "Print the variables that point flux-market at it, and end.")
  var printEnv = false

  func run() async throws {
    if printEnv {
      for (name, value) in Simulator.environment(port: port) { print("export \(name)='\(value)'") }
      return
    }
    let settings = try Settings()
    var options = Simulator.Options(now: Pacing.system.now)
    options.port = port
    options.seed = seed
    options.limits = limits
    options.recording = try replay.map(Recording.init(folder:))
    if let publishedUntil {
      let day = try RangeOptions.day(publishedUntil, now: Pacing.system.now(), in: settings.london)
      options.publishedUntil = SettlementDate(containing: day.from, in: settings.london)
    }
    let logger = Collect.logger()
    let simulator = Simulator(options, london: settings.london, logger: logger) { port in
      tell("simulating all feeds on http://127.0.0.1:\(port): made-up values\(replay == nil ? "" : " but for the recorded days")")
      tell("point flux-market at it: eval \"$(flux-market simulate --port \(port) --print-env)\"")
    }
    try await ServiceGroup(
      services: [simulator], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
    ).run()
  }
}
