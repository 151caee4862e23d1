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
      let known = try await SignalTable(connection: connection)
      let wanted = try await known.signals(named: names)
      return try await LatestReader(connection: connection).latest(of: names.isEmpty ? nil : wanted)
    }
    var rows = RowWriter(
      ["signal", "value", "unit", "period", "time", "age", "observed_at", "metadata"], options: options, london: london)
    for value in values {
      rows.write([
        .text(value.signal.name), Cell(value.value), .text(value.signal.unit.description),
        Cell(value.time.map { SettlementPeriod(containing: $0, in: london).description }), Cell(value.time),
        value.age.map(Cell.duration) ?? .null, Cell(value.observedAt), value.metadata.map(Cell.json) ?? .null,
      ])
    }
    rows.finish(none: "no signal has a value yet; try `flux-market collect --once`")
  }
}
