import ArgumentParser
import Backfill
import CGlibc
import Intake
import Market
import Store

struct BackfillCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backfill",
    abstract: "Fetches a range of settlement dates and loads it. Safe to stop, repeat and share.",
    usage: "flux-market backfill <signal or feed> ... --from <date> [--to <date>] [options]",
    discussion: """
      flux-market backfill elexon-system-price --from 2019-01-01 --to 2025-06-01
      flux-market backfill imbalance_price wholesale_price --last 30d
      flux-market backfill imbalance_price --last 10y --dry-run
      flux-market backfill list

      Newest days first. What is in the table already stays as it is; only what differs is added. What
      is final is not asked for again. The same command goes on where it was stopped; run beside itself,
      on any machine, it does its share. All options: flux-market backfill run --help
      """,
    subcommands: [Run.self, List.self, Show.self, Retry.self, Cancel.self], defaultSubcommand: Run.self)

  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "run", abstract: "Backfills; the word may be left out.",
      usage: "flux-market backfill [run] <signal or feed> ... --from <date> [--to <date>] [options]",
      discussion: """
        flux-market backfill run elexon-system-price --last 2y --dry-run
        flux-market backfill run --join 12

        Ends with 0 where every window was answered; else with a list of those that failed, and 75 where it may work
        later, 65 or 76 where the data are wrong, 64 for a wrong command, 78 for a wrong setting.
        """)

    @Argument(help: "Signals, or feeds by name: a feed is asked for every day given, a signal picks the best feed.")
    var sources: [String] = []
    @Option(
      help: ArgumentHelp("First settlement date (Europe/London), or an instant: \(RangeEnd.forms).", valueName: "date"),
      transform: RangeEnd.init)
    var from: RangeEnd?
    @Option(
      help: ArgumentHelp("Instead of --from: how far back from today, 30d, 2w or 2y.", valueName: "age"),
      transform: RangeEnd.init)
    var last: RangeEnd?
    @Option(
      help: ArgumentHelp("Last settlement date, included; an instant is excluded. Default: today.", valueName: "date"),
      transform: RangeEnd.init)
    var to: RangeEnd = .daysAgo(0)
    @Flag(help: "Prints what would be asked for, with the plan's identity, and ends.")
    var dryRun = false
    @Option(help: ArgumentHelp("Runs exactly this plan of --dry-run; one for each feed.", valueName: "identity"))
    var plan: [String] = []
    @Flag(help: "Windows that are not final: what is done without a word.")
    var missing = false
    @Flag(help: "Only windows that failed in an earlier run and were not fetched since.")
    var failed = false
    @Flag(name: [.long, .customLong("refetch")], help: "Every window again, final or not.")
    var all = false
    @Flag(help: "Begins with the oldest days.")
    var oldestFirst = false
    @Option(
      help: ArgumentHelp("Takes part in a backfill that was begun; `backfill list` has the number.", valueName: "job"))
    var join: Int64?
    @Flag(help: "Does not ask before it begins; it asks on a terminal alone.")
    var yes = false
    @Option(
      help: ArgumentHelp(
        "How many connections load, each its own part of the range. Default: one, and a second where one is too slow.",
        valueName: "count"))
    var connections: Int?
    @Option(help: ArgumentHelp("The folder of feed files.", valueName: "folder"))
    var feeds: String?
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
      if let connections, !(1...8).contains(connections) {
        throw ValidationError("--connections is 1 to 8, not \(connections)")
      }
      guard [missing, failed, all].filter({ $0 }).count <= 1 else {
        throw ValidationError("--missing, --failed and --all say different things: give one of them")
      }
      if join != nil {
        guard sources.isEmpty, from == nil, last == nil, !dryRun, plan.isEmpty else {
          throw ValidationError("--join takes part in a backfill as it was begun: leave out what and from when")
        }
        return
      }
      guard !sources.isEmpty else { throw ValidationError("Missing expected argument '<signal or feed> ...'") }
      guard (from == nil) != (last == nil) else {
        throw ValidationError(from == nil ? "Missing expected argument '--from <date>'" : "give --from or --last")
      }
    }

    func run() async throws {
      // Its threads take turns: what one frees another can use, where each would keep a heap of its own.
      mallopt(M_ARENA_MAX, 1)
      let settings = try Settings()
      let start = from ?? last ?? .daysAgo(0)
      // Before the database, which need not be there to find a mistake.
      let range =
        join == nil ? try RangeOptions.window(from: start, to: to, now: Pacing.system.now(), in: settings.london) : nil
      let database = try await DatabaseAccess(settings, simulated: database.simulated)
      try await database.with(connections: dryRun ? 1 : 1 + (connections ?? 1)) { made in
        let backfills = try await BackfillSession(
          settings: settings, database: database, through: made, mayGrow: connections == nil, folder: feeds,
          output: output)
        if let join { return try await backfills.join(join) }
        guard let range else { return }
        let mode: BackfillRequest.Mode = all ? .all : failed ? .failed : .missing
        let planned = try await backfills.plan(sources, range: range, mode: mode, isNewestFirst: !oldestFirst)
        if dryRun { return backfills.print(planned) }
        try await backfills.check(planned, are: plan)
        if !yes, !confirmed(planned) { return tell("not begun") }
        if let failed = try await backfills.run(planned) { throw failed }
      }
    }

    /// Whether it may begin: asked of a person, at a terminal, where there is something to do.
    private func confirmed(_ planned: [PlannedBackfill]) -> Bool {
      guard planned.contains(where: { !$0.plan.windows.isEmpty }), isAnybodyThere else { return true }
      for each in planned { tell(each.words) }
      return isConfirmed("Begin?")
    }
  }
}
