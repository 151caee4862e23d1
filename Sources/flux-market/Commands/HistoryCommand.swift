import ArgumentParser
import Intake
import Market
import Store

struct HistoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "The values of a signal: as they are, as they were known at an instant, or every revision.",
    discussion: """
      flux-market history imbalance_price --from 2026-03-01 --to 2026-03-31 --format csv
      flux-market history imbalance_price --from yesterday --as-of 2026-03-29T16:05:00Z
      flux-market history imbalance_price --from yesterday --revisions

      Oldest first.
      """)

  @Argument(help: "The signal, as `latest` names it.")
  var signal: String
  @OptionGroup var range: RangeOptions
  @Option(
    name: .customLong("as-of"),
    help: ArgumentHelp(
      "Only what had been observed at this instant; a date means its beginning in London.", valueName: "instant"),
    transform: RangeEnd.init)
  var asOf: RangeEnd?
  @Flag(help: "Every revision, oldest first within its time.")
  var revisions = false
  @OptionGroup var database: DatabaseOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if asOf != nil, revisions { throw ValidationError("--as-of and --revisions exclude each other") }
  }

  func run() async throws {
    let settings = try Settings()
    let now = Pacing.system.now()
    let window = try range.window(now: now, in: settings.london)
    let asOf = asOf?.instant(now: now, in: settings.london)
    let database = try await DatabaseAccess(settings, simulated: database.simulated)
    let sink = RowSink(
      RowWriter(
        ["time", "period", "value", "unit", "observed_at", "metadata"], options: output, london: settings.london))
    let view: HistoryReader.View = revisions ? .revisions : asOf.map { .asOf($0) } ?? .current
    try await database.with { [signal] connection in
      let wanted = try await SignalTable.read(through: connection).signal(named: signal)
      try await HistoryReader(connection: connection).read(signal: wanted.id, in: window, view) { rows in
        for row in rows {
          sink.write([
            .instant(row.time), .text(SettlementPeriod(containing: row.time, in: settings.london).description),
            .real(row.value), .text(wanted.unit.description), Cell(row.observedAt),
            row.metadata.map(Cell.json) ?? .null,
          ])
        }
      }
    }
    sink.finish(none: "no values of \(signal) in \(window)\(asOf.map { " as of \($0)" } ?? "")")
  }
}
