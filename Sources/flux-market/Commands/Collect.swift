import ArgumentParser
import Collector
import Feeds
import Intake
import Logging
import Market
import Postgres
import ServiceLifecycle
import UnixSignals

struct Collect: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The service: asks every feed when it is due and loads what changed.",
    discussion: """
      flux-market collect
      flux-market collect --once --only elexon-system-price

      With --once it ends with 0 when every fetch succeeded, with 75 when one failed or the database was away.
      Without it, it goes on whatever a feed or the database does, and ends with 0 after Ctrl-C or SIGTERM.
      """)

  @Flag(help: "One round of every feed, then end.")
  var once = false
  @Option(parsing: .upToNextOption, help: ArgumentHelp("Only these feeds.", valueName: "feed"))
  var only: [String] = []
  @Option(help: ArgumentHelp("The folder of feed files.", valueName: "folder"))
  var feeds: String?
  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    let settings = try Settings()
    let database = try await DatabaseAccess(settings, simulated: database.simulated)
    let logger = try settings.logger()
    let signals = try await signals(of: database, logger)
    let collector = try Self.collector(
      settings, folder: feeds, only: only, signals: signals, database: database, logger: logger)
    if once {
      if let failed = Self.status(of: await collector.once()) { throw failed }
      return
    }
    try await ServiceGroup(
      services: [collector], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
    ).run()
  }

  /// What the feeds are checked against. The service starts without its database, and waits for it; one round does not.
  private func signals(of database: DatabaseAccess, _ logger: Logger) async throws -> [Signal] {
    do { return try await database.signals() } catch let error as PostgresError where error.isWorthRetrying {
      guard !once else {
        tell(error)
        throw ExitStatus.later
      }
      logger.error("the database is away, and is tried again at every round: \(error)")
      return Signal.standard
    }
  }

  /// The collector of the feeds that are on; says once, for each that is off, why.
  static func collector(
    _ settings: Settings, folder: String?, only: [String], signals: [Signal], database: DatabaseAccess, logger: Logger
  ) throws -> Collector {
    let session = try FeedSession(
      settings, folder: folder, signals: signals, calls: .live(database.settings))
    let chosen: [Feed]
    if only.isEmpty {
      let (on, off) = session.available()
      for (feed, reason) in off where feed.schedule != nil {
        logger.notice("off: \(reason)", metadata: ["feed": "\(feed.id)"])
      }
      chosen = on.filter { $0.schedule != nil }
    } else {
      chosen = try only.map { id in
        let feed = try session.feed(named: id)
        guard feed.schedule != nil else {
          throw SettingError(description: "\(id) has no schedule: `flux-market backfill \(id)` asks it")
        }
        return feed
      }
    }
    guard !chosen.isEmpty else {
      throw SettingError(description: "no feed is on: `flux-market feeds list` says why")
    }
    return Collector(
      try chosen.map(session.intake(of:)), database: database.settings, london: settings.london, logger: logger)
  }

  /// How `--once` ends.
  static func status(of rounds: [Round]) -> ExitStatus? {
    rounds.allSatisfy(\.errors.isEmpty) ? nil : .later
  }
}
