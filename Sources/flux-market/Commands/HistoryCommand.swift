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

      Newest first.
      """)

  @Argument(help: "The signal, as `latest` names it.")
  var signal: String
  @OptionGroup var range: RangeOptions
  @Option(
    name: .customLong("as-of"),
    help: ArgumentHelp("Only what had been observed at this instant.", valueName: "instant"))
  var asOf: AsOfArgument?
  @Flag(help: "Every revision, with the value before it.")
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
    let columns = ["time", "period", "value", "unit", "observed_at", "metadata"]
    let writer = RowSink(
      RowWriter(revisions ? columns + ["previous_value", "previously_observed_at"] : columns, options: output,
        london: settings.london))
    try await database.with { connection in
      let wanted = try await SignalTable(connection: connection).signal(named: signal)
      let reader = HistoryReader(connection: connection)
      func head(_ time: Instant, _ value: Float, _ observedAt: Instant?, _ metadata: String?) -> [Cell] {
        [
          .instant(time), .text(SettlementPeriod(containing: time, in: settings.london).description), .real(value),
          .text(wanted.unit.description), Cell(observedAt), metadata.map(Cell.json) ?? .null,
        ]
      }
      if revisions {
        try await reader.revisions(of: wanted, in: window) { rows in
          for row in rows {
            writer.write(
              head(row.time, row.value, row.observedAt, row.metadata)
                + [Cell(row.previousValue), Cell(row.previouslyObservedAt)])
          }
        }
      } else {
        try await reader.values(of: wanted, in: window, asOf: asOf) { rows in
          for row in rows { writer.write(head(row.time, row.value, row.observedAt, row.metadata)) }
        }
      }
    }
    writer.finish(none: "no values of \(signal) in \(window)\(asOf.map { " as of \($0)" } ?? "")")
  }
}
