import ArgumentParser
import Import
import Intake
import Market
import Postgres
import Store

struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Loads files: a provider's by its feed's rules, what `history` wrote, or telemetry. Safe to repeat.",
    discussion: """
      flux-market import SSPSBPNIV.csv --feed elexon-portal-best-view
      flux-market import revisions.csv.gz
      flux-market import meters.csv.zst --table mg_meter_readings --jobs 2
      zcat bess.jsonl.gz | flux-market import - --table mg_bess_readings

      CSV with a header, or an object a line; gzip and zstd are seen by the first
      bytes; - is standard input. Without --feed and --table a file is one that
      `history` wrote, best with --revisions. What cannot be read is set aside line
      by line, and the rest goes in. What is there already stays as it is: after an
      import that was stopped or killed the same command goes on. Ends with 65 where
      something was set aside.
      """)

  @Argument(help: ArgumentHelp("Files, taken in this order; - is standard input.", valueName: "file"))
  var files: [String]
  @Option(help: ArgumentHelp("The feed whose reply each file is; `feeds list` names them.", valueName: "id"))
  var feed: String?
  @Option(
    help: ArgumentHelp(
      "With --feed: when the files' values were known; a date means its beginning in London. Default: now.",
      valueName: "instant"), transform: RangeEnd.init)
  var observedAt: RangeEnd?
  @Option(
    help: ArgumentHelp(
      "The table that the files are of: readings of meters or batteries, or devices.", valueName: "table"))
  var table: TelemetryTable?
  @Option(help: ArgumentHelp("With --table: how many connections load.", valueName: "count"))
  var jobs: Int?
  @Option(
    help: ArgumentHelp(
      "Writes here every line that is set aside, as csv; 20 of each file are told anyway.", valueName: "file"))
  var setAside: String?
  @Option(help: ArgumentHelp("The folder of feed files.", valueName: "folder"))
  var feeds: String?
  @OptionGroup var database: DatabaseOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard !files.isEmpty else { throw ValidationError("Missing expected argument '<file> ...'") }
    guard feed == nil || table == nil else { throw ValidationError("a file is of --feed or of --table, not of both") }
    guard observedAt == nil || feed != nil else {
      throw ValidationError("--observed-at is for --feed: telemetry has none, and a file of `history` tells its own")
    }
    guard jobs == nil || table != nil else {
      throw ValidationError("--jobs is for --table: what is observed first is loaded first")
    }
    guard (1...32).contains(jobs ?? 1) else { throw ValidationError("--jobs is 1 to 32, not \(jobs ?? 1)") }
    guard files.count(where: { $0 == "-" }) <= 1 else { throw ValidationError("standard input can be read once") }
  }

  func run() async throws {
    let settings = try Settings()
    // Before the database, which need not be there to find a mistake.
    for file in files { try InputFile.check(file) }
    let report = try ImportReport(output, setAside: setAside, settings.london)
    do {
      let access = try await DatabaseAccess(settings, simulated: database.simulated)
      let session = ImportSession(settings: settings, database: access, report: report)
      try await untilInterrupted { [files, feed, table, jobs, feeds, observedAt] in
        if let table {
          try await session.importTelemetry(files, table, connections: jobs ?? 1)
        } else if let feed {
          let known = observedAt.map { $0.instant(now: Pacing.system.now(), in: settings.london) }
          try await session.importReplies(files, of: feed, folder: feeds, observedAt: known)
        } else {
          try await session.importHistory(files)
        }
      }
    } catch {
      report.stop()
      guard error is CancellationError || error.mayPass else { throw error }
      if !(error is CancellationError) { tell(error) }
      tell("stopped; what is loaded stays, and the same command again goes on")
      throw ExitStatus.later
    }
    if let failed = report.finish() { throw failed }
  }
}

extension TelemetryTable: ExpressibleByArgument {}

extension Error {
  /// Whether the database was away, or busy.
  fileprivate var mayPass: Bool {
    switch self {
    case let error as PostgresError: error.isWorthRetrying
    case let error as LoadError: error.isWorthRetrying
    default: false
    }
  }
}
