import ArgumentParser
import Feeds
import Intake
import Market

struct FeedsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "feeds", abstract: "The feeds: list them, check their files, look at what one would yield.",
    subcommands: [List.self, Check.self, Preview.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Lists the feeds, what each yields, and whether it is on.",
      discussion: "flux-market feeds list --format json")

    @Option(help: ArgumentHelp("The folder of feed files.", valueName: "folder"))
    var feeds: String?
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let settings = try Settings()
      let session = try FeedSession(settings, folder: feeds, signals: try await knownSignals(settings))
      let off = session.available().off
      var rows = RowWriter(
        ["feed", "signals", "host", "every", "state", "description"], options: output, london: settings.london)
      for feed in session.catalog.feeds {
        let reason = off.first { $0.feed.id == feed.id }?.reason
        rows.write([
          .text(feed.id), .text(feed.signals.map(\.name).joined(separator: ", ")), .text(feed.host.id),
          .text(feed.schedule.map { $0.every.inWords } ?? "only on demand"),
          .text(reason.map { "off: \($0)" } ?? "on"), .text(feed.description),
        ])
      }
      rows.finish(none: "there are no feeds")
    }
  }

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check", abstract: "Checks the files of a folder; each complaint has file, line, reason and cure.",
      discussion: """
        flux-market feeds check ./feeds

        Ends with 0 where nothing is wrong, with 78 where something is. Needs no database and no credentials.
        """)

    @Argument(help: "The folder; the program's own where none is named.")
    var folder: String?

    func run() async throws {
      let settings = try Settings()
      let catalog = try FeedCatalog.load(
        directory: folder ?? settings.feedsFolder, signals: try await knownSignals(settings),
        environment: settings.environment)
      say("\(counted(catalog.feeds.count, "feed")) of \(counted(catalog.hosts.count, "host")): nothing to complain of")
    }
  }

  struct Preview: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "preview", abstract: "Fetches, decodes and prints what a feed yields. Nothing is loaded.",
      discussion: "flux-market feeds preview elexon-system-price --date yesterday")

    @Argument(help: "The feed, as `feeds list` names it.")
    var feed: String
    @Option(help: ArgumentHelp("The settlement date to ask for; by default today.", valueName: "date"),
      transform: RangeEnd.init)
    var date: RangeEnd = .daysAgo(0)
    @Option(help: ArgumentHelp("The folder of feed files.", valueName: "folder"))
    var feeds: String?
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let settings = try Settings()
      let session = try FeedSession(settings, folder: feeds, signals: try await knownSignals(settings))
      let feed = try session.feed(named: feed)
      let date = date.date(now: Pacing.system.now(), in: settings.london)
      var batch = try await session.intake(of: feed).read(date.window(in: settings.london))
      if let schedule = batch.schedule {
        // Shown as it would be with nothing stored before it.
        let points = schedule.points(inForce: [], observedAt: batch.observedAt)
        batch.observations = points.map(\.observation)
        batch.metadata = points.map(\.metadata)
      }
      let names = Dictionary(uniqueKeysWithValues: feed.signals.map { ($0.id, $0) })
      var rows = RowWriter(
        ["time", "period", "signal", "value", "unit", "metadata"], options: output, london: settings.london)
      for (index, observation) in batch.observations.enumerated() {
        rows.write([
          .instant(observation.time),
          .text(SettlementPeriod(containing: observation.time, in: settings.london).description),
          Cell(names[observation.signal]?.name), .real(observation.value),
          Cell(names[observation.signal]?.unit.description), batch.metadata?[index].map(Cell.json) ?? .null,
        ])
      }
      rows.finish(none: "the feed answered, with no values for \(date)")
      tell(batch.summary)
      for reject in batch.rejects { tell("rejected: \(reject)") }
      for flag in batch.flags {
        let name = names[flag.signal]?.name ?? ""
        tell("flagged: \(name) at \(flag.time) is \(shortest(flag.value)), \(flag.reason)")
      }
    }
  }
}

extension Batch {
  /// `48 records, 96 observations, 2 without a value, 1 rejected; arrived 2026-03-29T00:30:00Z`.
  var summary: String {
    var parts = [counted(counts.records, "record"), counted(observations.count, "observation")]
    for (count, what) in [
      (counts.withoutValue, "without a value"), (counts.filtered, "left out by the feed's `where`"),
      (counts.outside, "of another time"), (counts.rejected, "rejected"), (flags.count, "flagged as implausible"),
    ] where count > 0 {
      parts.append("\(count) \(what)")
    }
    return "\(feed): \(parts.joined(separator: ", ")); arrived \(observedAt)"
  }
}
