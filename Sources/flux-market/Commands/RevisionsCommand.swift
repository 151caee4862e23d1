import ArgumentParser
import Intake
import Market
import Store

struct RevisionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revisions",
    abstract: "How often and how far a signal's values moved, by their age: from when on they can be trusted.",
    discussion: """
      flux-market revisions imbalance_price --from 90d

      A row holds for ages up to `age`; the last one, without an age, for all that came later.
        moved, mean_move, max_move                the values that were revised at these ages, and by how much
        unsettled, mean_distance, max_distance    those that were not yet what they are now, and how far from it
      Values that were first observed by a backfill long after their time tell nothing of the ages before.
      """)

  @Argument(help: "The signal, as `latest` names it.")
  var signal: String
  @OptionGroup var range: PastRangeOptions
  @Option(
    help: ArgumentHelp(
      "What ages are counted from: a value's own time, or its first-release.", valueName: "time|first-release"))
  var since = RevisionAges.Origin.time
  @OptionGroup var database: DatabaseOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let settings = try Settings()
    let window = try range.window(now: Pacing.system.now(), in: settings.london)
    let database = try await DatabaseAccess(settings, simulated: database.simulated)
    let (signal, ages) = try await database.with { [signal, since] connection in
      let wanted = try await SignalTable.read(through: connection).signal(named: signal)
      return (wanted, try await RevisionAges.read(signal: wanted.id, in: window, from: since, through: connection))
    }
    var rows = RowWriter(
      [
        "age", "known", "moved", "moved_percent", "mean_move", "max_move", "unsettled", "unsettled_percent",
        "mean_distance", "max_distance", "unit",
      ], options: output, london: settings.london)
    for age in ages where age.known > 0 {
      rows.write([
        age.age.map(Cell.duration) ?? .null, .integer(age.known), .integer(age.moved),
        .percent(age.moved, of: age.known), Cell(age.meanMove), Cell(age.greatestMove), .integer(age.unsettled),
        .percent(age.unsettled, of: age.known), Cell(age.meanDistance), Cell(age.greatestDistance),
        .text(signal.unit.description),
      ])
    }
    rows.finish(none: "no values of \(signal.name) in \(window)")
  }
}

extension RevisionAges.Origin: ExpressibleByArgument {}
