import ArgumentParser
import Intake
import Market
import Store

struct QualityCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quality",
    abstract: "What is missing, implausible, stuck, or differs between two sources of the same quantity.",
    discussion: """
      flux-market quality --from 1y
      flux-market quality imbalance_price --from 2019-01-01 --format json
      flux-market quality niv_outturn --check completeness --format csv

      Five checks: completeness by month against the settlement calendar, the days of the clock changes (46 and 50
      half hours), values outside their plausible range, runs of one repeated value, and two sources compared.
      As JSON one document with an array for each; csv and jsonl hold one table: name it with --check.
      """)

  @Argument(help: "Signals; all that have a value where none is named.")
  var signals: [String] = []
  @OptionGroup var range: PastRangeOptions
  @Option(help: "Only this check: completeness, clock-changes, implausible, repeated or sources.")
  var check: QualityCheck?
  @Option(help: ArgumentHelp("Half hours on end that make a run of a repeated value.", valueName: "count"))
  var repeated = 12
  @OptionGroup var database: DatabaseOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard repeated >= 2 else { throw ValidationError("--repeated is at least 2") }
    guard check != nil || output.format == .table || output.format == .json else {
      throw ValidationError("\(output.format) holds one table: name it with --check completeness, say")
    }
  }

  func run() async throws {
    let settings = try Settings()
    let window = try range.window(now: Pacing.system.now(), in: settings.london)
    let database = try await DatabaseAccess(settings, simulated: database.simulated)
    let checks = check.map { [$0] } ?? QualityCheck.allCases
    let tables = try await database.with { [signals, repeated] connection in
      let known = try await SignalTable.read(through: connection)
      let wanted =
        signals.isEmpty
        ? try await DeskReader(connection: connection).read().filter { $0.newest != nil }.map(\.signal)
        : try signals.map { try known.signal(named: $0) }
      let quality = QualityTables(
        reader: QualityReader(connection: connection, window: window), signals: wanted, known: known.signals,
        shortestRun: repeated)
      var tables: [ReportTable] = []
      for check in checks { tables.append(try await quality.table(check)) }
      return tables
    }
    // The one that is asked for is like the table of any other command.
    if check != nil {
      for table in tables { table.write(options: output, london: settings.london) }
    } else {
      ReportTable.write(tables, options: output, london: settings.london)
    }
  }
}

enum QualityCheck: String, CaseIterable, ExpressibleByArgument {
  case completeness
  case clockChanges = "clock-changes"
  case implausible
  case repeated
  case sources
}
