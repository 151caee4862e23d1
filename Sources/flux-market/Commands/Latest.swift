import ArgumentParser
import Intake
import Market
import Store

struct Latest: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The newest value of each signal, with its age.",
    discussion: """
      flux-market latest
      flux-market latest imbalance_price niv_estimate --format json
      """)

  @Argument(help: "Signals; all that have a value where none is named.")
  var signals: [String] = []
  @OptionGroup var database: DatabaseOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let settings = try Settings()
    try await Self.print(
      signals: signals, from: try await DatabaseAccess(settings, simulated: database.simulated), options: output,
      london: settings.london)
  }

  /// Prints the table; the demo does the same.
  static func print(
    signals names: [String], from database: DatabaseAccess, options: OutputOptions, london: LondonClock
  ) async throws {
    let values = try await database.with { connection in
      let known = try await SignalTable.read(through: connection)
      let wanted = try names.map { try known.signal(named: $0).id }
      return try await LatestReader(connection: connection).read(signals: wanted.isEmpty ? nil : wanted)
    }
    var rows = RowWriter(
      ["signal", "value", "unit", "period", "time", "age", "observed_at", "metadata"], options: options, london: london)
    for value in values {
      rows.write([
        .text(value.signal.name), .real(value.value), .text(value.signal.unit.description),
        .text(SettlementPeriod(containing: value.time, in: london).description), .instant(value.time),
        .duration(value.age), Cell(value.observedAt), value.metadata.map(Cell.json) ?? .null,
      ])
    }
    rows.finish(none: "no signal has a value yet; try `flux-market collect --once`")
  }
}
