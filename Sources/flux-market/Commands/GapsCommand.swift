import ArgumentParser
import Backfill
import Feeds
import Intake
import Market
import Store

struct GapsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gaps",
    abstract: "What is missing, half hour by half hour, and why; fills it, or accepts what will never come.",
    discussion: """
      flux-market gaps
      flux-market gaps imbalance_price --from 2019-01-01 --fill
      flux-market gaps wholesale_price --from 1y --each --format csv
      flux-market gaps accept 2024-10-13..2024-10-14 wholesale_price --reason "no trades on these days"
      """,
    subcommands: [List.self, Accept.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Lists what is missing, or fills it.",
      discussion: """
        Never fetched: no feed was asked since the value was out. Empty: asked, and the source had nothing. Rejected:
        what came was refused. Accepted: somebody has said that nothing will come. Not yet: it is not out.

        Ends with 0 where nothing is missing that is not accepted, else with 1.
        """)

    @Argument(help: "The signal; all that have a value for every half hour where none is named.")
    var signal: String?
    @Option(
      help: ArgumentHelp(
        "First settlement date (Europe/London), or an instant. Default: the earliest that is stored or was asked for.",
        valueName: "date"),
      transform: RangeEnd.init)
    var from: RangeEnd?
    @Option(
      help: ArgumentHelp(
        "Last settlement date, included; an instant is excluded. Default: now.", valueName: "date"),
      transform: RangeEnd.init)
    var to: RangeEnd = .daysAgo(0)
    @Flag(help: "Asks the feeds for exactly what is missing, and loads it.")
    var fill = false
    @Flag(help: "A row for each half hour instead of one for each range.")
    var each = false
    @Option(help: ArgumentHelp("The folder of feed files.", valueName: "folder"))
    var feeds: String?
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
      if fill, each { throw ValidationError("--fill and --each exclude each other") }
    }

    func run() async throws {
      let settings = try Settings()
      let now = Pacing.system.now()
      let database = try await DatabaseAccess(settings, simulated: database.simulated)
      let signals = try await database.signals()
      let session = try FeedSession(
        settings, folder: feeds, signals: signals)
      let survey = try GapSurvey(signal, of: signals, session: session)
      let found = try await database.with { [from, to] in
        try await survey.read(from: from, to: to, at: now, through: $0)
      }
      let plans = survey.plans(filling: found, at: now)
      if fill {
        let failed = try await database.with(connections: 2) { connections in
          let backfills = try await BackfillSession(
            settings: settings, database: database, through: connections, folder: feeds, output: output)
          return try await backfills.run(plans.compactMap(PlannedBackfill.init(filling:)))
        }
        let left = try await database.with { [from, to] in
          try await survey.read(from: from, to: to, at: now, through: $0)
        }
        tell("\(Self.missing(found)) half hours were missing, \(Self.missing(left)) still are")
        if let failed { throw failed }
        return
      }
      if output.format == .table { tellPeople(found, plans, settings) }
      var rows = RowWriter(each ? Self.halfHourColumns : Self.columns, options: output, london: settings.london)
      for found in found {
        for gap in found.gaps {
          if each {
            writeHalfHours(of: gap, found.signal, to: &rows, settings.london)
          } else {
            rows.write(Self.row(gap, of: found.signal, requests: requests(gap, found, survey, now), settings.london))
          }
        }
      }
      rows.finish(none: found.isEmpty ? "no signal has a value yet" : "nothing is missing")
      if found.contains(where: { !$0.open.isEmpty }) { throw ExitStatus.degraded }
    }

    private static func missing(_ found: [SignalGaps]) -> Int {
      found.flatMap(\.open).reduce(0) { $0 + $1.window.halfHours }
    }

    /// A strip for each signal, and what filling takes.
    private func tellPeople(_ found: [SignalGaps], _ plans: [Plan], _ settings: Settings) {
      let isColoured = Terminal(environment: settings.environment).isColoured
      for found in found {
        for line in MonthStrip(found, london: settings.london).lines(found.signal.name, isColoured: isColoured) {
          say(line)
        }
        say("")
      }
      for plan in plans {
        let least = plan.leastTime.map { ", at least \($0.inWords)" } ?? ""
        say("--fill makes \(counted(plan.windows.count, "request")) to \(plan.feed.id)\(least)")
      }
    }

    static let columns = ["signal", "from", "to", "first", "half_hours", "kind", "requests", "reason"]
    private static let halfHourColumns = ["signal", "time", "period", "kind", "reason"]

    static func row(_ gap: Gap, of signal: Signal, requests: Int?, _ london: LondonClock) -> [Cell] {
      [
        .text(signal.name), .instant(gap.window.from), .instant(gap.window.to),
        .text(SettlementPeriod(containing: gap.window.from, in: london).description),
        .integer(gap.window.halfHours), .text(gap.kind.rawValue), requests.map(Cell.integer) ?? .null,
        Cell(gap.reason),
      ]
    }

    /// How many requests would fill this gap alone; nil where it is not open.
    private func requests(_ gap: Gap, _ found: SignalGaps, _ survey: GapSurvey, _ now: Instant) -> Int? {
      guard gap.kind.isOpen else { return nil }
      let alone = SignalGaps(signal: found.signal, window: found.window, gaps: [gap])
      return survey.plans(filling: [alone], at: now).reduce(0) { $0 + $1.windows.count }
    }

    private func writeHalfHours(of gap: Gap, _ signal: Signal, to rows: inout RowWriter, _ london: LondonClock) {
      for number in 0..<gap.window.halfHours {
        let time = gap.window.from.advanced(by: .minutes(30 * number))
        rows.write([
          .text(signal.name), .instant(time), .text(SettlementPeriod(containing: time, in: london).description),
          .text(gap.kind.rawValue), Cell(gap.reason),
        ])
      }
    }
  }
}

extension PlannedBackfill {
  /// - Returns: nil where nothing has to be asked for.
  fileprivate init?(filling plan: Plan) {
    guard let from = plan.windows.map(\.from).min(), let to = plan.windows.map(\.to).max() else { return nil }
    let request = BackfillRequest(
      feed: plan.feed.id, text: "what was missing", range: Window(from: from, to: to), mode: .all, plan: plan.identity)
    self.init(plan: plan, request: request, final: 0)
  }
}
