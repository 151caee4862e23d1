import ArgumentParser
import Backfill
import Decode
import Feeds
import Fetch
import Intake
import Market
import Postgres
import Store

struct BackfillCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backfill",
    abstract: "Fetches a range of settlement dates and loads it. Safe to stop and to repeat.",
    usage: "flux-market backfill <signal or feed> ... --from <date> [--to <date>] [options]",
    discussion: """
      flux-market backfill elexon-system-price --from 2019-01-01 --to 2025-06-01
      flux-market backfill imbalance_price wholesale_price --from 30d

      Newest days first. What is in the table already stays as it is; only what differs is added.
      Ends with 0 where every window was answered; else with a list of those that failed.
      """)

  @Argument(help: "Signals, or feeds by name: a feed is asked for every day given, a signal picks the best feed.")
  var sources: [String]
  @OptionGroup var range: RangeOptions
  @Flag(help: "Fetch every window again, whatever is known of it. So far every run does.")
  var refetch = false
  @Option(
    help: ArgumentHelp(
      "How many connections load, each its own part of the range: 2 gain a third where database and network keep up.",
      valueName: "count"))
  var connections = 1
  @Option(help: ArgumentHelp("The folder of feed files.", valueName: "folder"))
  var feeds: String?
  @OptionGroup var database: DatabaseOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (1...8).contains(connections) else { throw ValidationError("--connections is 1 to 8, not \(connections)") }
  }

  func run() async throws {
    let settings = try Settings()
    let window = try range.window(now: Pacing.system.now(), in: settings.london)
    let database = try await DatabaseAccess(settings, simulated: database.simulated)
    let failed = try await Self.run(
      sources, window: window, settings: settings, folder: feeds, database: database, connections: connections,
      output: output)
    if let failed { throw failed }
  }

  /// - Returns: how to end where windows failed; nil where all went well.
  static func run(
    _ sources: [String], window: Window, settings: Settings, folder: String?, database: DatabaseAccess,
    connections: Int = 1, output: OutputOptions
  ) async throws -> ExitStatus? {
    let signals = try await database.signals()
    let session = try FeedSession(
      settings, folder: folder, signals: signals, calls: .backfill(database.settings))
    try await session.recordSupplies(in: database)
    // Two signals of one feed are one backfill.
    var plans: [Plan] = []
    for source in sources {
      let plan = try plan(for: source, window, session, signals, settings.london)
      if let choice = plan.choice { tell(choice) }
      if let place = plans.firstIndex(where: { $0.feed.id == plan.feed.id }) {
        if plan.windows.count > plans[place].windows.count { plans[place] = plan }
      } else {
        plans.append(plan)
      }
    }
    var rows = RowWriter(
      ["feed", "windows", "failed", "received", "new", "unchanged", "rejected", "flagged"], options: output,
      london: settings.london)
    var failures: [(feed: String, failure: Backfill.Failure)] = []
    for plan in plans {
      let least = plan.leastTime.map { ", at least \($0.inWords) at \(plan.feed.host.id)'s rate" } ?? ""
      guard !plan.windows.isEmpty else {
        let first = plan.feed.covers.first.map { ": its provider's begin on \($0)" } ?? ""
        tell("\(plan.feed.id) has no values in that range\(first)")
        continue
      }
      tell("\(plan.feed.id): \(counted(plan.windows.count, "window")), \(counted(plan.periods, "half hour"))\(least)")
      let line = ProgressLine(plan.feed.id)
      let progress: Backfill.Progress
      do {
        progress = try await database.with(connections: connections) { connections in
          var loaders: [Loader] = []
          for connection in connections {
            loaders.append(try await Loader(connection: connection, source: "backfill \(plan.feed.id)"))
          }
          return try await Backfill(plan, intake: try session.intake(of: plan.feed), loaders: loaders)
            .run { line.show($0) }
        }
      } catch {
        line.end()
        tell("\(plan.feed.id): stopped; what is loaded stays, and the same command again goes on")
        throw error
      }
      line.end()
      for reject in progress.rejects { tell("rejected: \(reject)") }
      failures += progress.failures.map { (plan.feed.id, $0) }
      rows.write([
        .text(plan.feed.id), .integer(progress.windows), .integer(progress.failures.count),
        .integer(progress.received), .integer(progress.inserted), .integer(progress.unchanged),
        .integer(progress.counts.rejected), .integer(progress.flagged),
      ])
    }
    rows.finish(none: "nothing to do")
    return tellFailures(failures, london: settings.london)
  }

  private static func plan(
    for source: String, _ window: Window, _ session: FeedSession, _ signals: [Signal], _ london: LondonClock
  ) throws -> Plan {
    if session.catalog[source] != nil {
      return Plan(feed: try session.feed(named: source), range: window, in: london)
    }
    guard let signal = signals.first(where: { $0.name == source }) else {
      throw UnknownName(
        "signal or feed", source, known: signals.map(\.name) + session.catalog.feeds.map(\.id))
    }
    let available = session.available()
    guard
      let plan = Plan(
        signal: signal, range: window, available: available.on, now: Pacing.system.now(), in: london)
    else {
      let off = available.off.filter { $0.feed.signals.contains(signal) }
        .map { "\($0.feed.id) is off: \($0.reason)" }
      throw SettingError(
        description: "no feed supplies \(source)" + (off.isEmpty ? "" : "; " + off.joined(separator: "; ")))
    }
    return plan
  }

  private static func tellFailures(
    _ failures: [(feed: String, failure: Backfill.Failure)], london: LondonClock
  ) -> ExitStatus? {
    guard !failures.isEmpty else { return nil }
    tell("\(counted(failures.count, "window")) failed; run the same command again for them:")
    for (feed, failure) in failures.prefix(20) {
      let dates = failure.window.settlementDates(in: london)
      let days = dates.count > 1 ? "\(dates[0]) to \(dates[dates.count - 1])" : "\(dates.first?.description ?? "")"
      tell("  \(feed) \(days): \(failure.error)")
    }
    if failures.count > 20 { tell("  and \(failures.count - 20) more") }
    let statuses = failures.map { ExitStatus(of: $0.failure.error) ?? .remote }
    return statuses.contains(.later) ? .later : statuses[0]
  }
}
