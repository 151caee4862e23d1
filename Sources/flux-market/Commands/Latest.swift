import ArgumentParser
import Market
import Store

struct Latest: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latest",
    abstract: "The newest value of each signal: its age, its change, and whether it can be relied on.",
    discussion: """
      flux-market latest
      flux-market latest --watch
      flux-market latest imbalance_price niv_estimate --format json
      flux-market latest imbalance_price --fail-if-stale >/dev/null || echo "do not trade on it"

      fresh: the next value is not overdue; late: it is; stale: it is missing; estimate: another signal will tell the
      outturn; revised: it replaced another value of the same time. docs/desk.md says what to do about each.
      With --watch the screen changes the moment that something is stored; q or Ctrl-C ends it. With --watch and
      --format jsonl or csv a row is printed for each change.
      """)

  @Argument(help: "Signals; where none is named all that have a value, or a feed that should give one.")
  var signals: [String] = []
  @Flag(help: "A screen that lives, until it is ended.")
  var watch = false
  @Flag(help: "End with 1 where a signal is stale or has no value.")
  var failIfStale = false
  @OptionGroup var database: DatabaseOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard Set(signals).count == signals.count else { throw ValidationError("a signal is named twice") }
    guard watch else { return }
    guard !failIfStale else { throw ValidationError("--watch does not end, and --fail-if-stale says how to") }
    guard output.format != .json else { throw ValidationError("with --watch the format is jsonl or csv: it does not end") }
    guard output.format != .table || Terminal.isThere else {
      throw ValidationError("--watch draws on a terminal: use --format jsonl or csv for a row for each change")
    }
  }

  func run() async throws {
    let settings = try Settings()
    let database = try await DatabaseAccess(settings, simulated: database.simulated)
    if watch { return await (try await DeskWatch(signals, of: database, settings, output)).run() }
    let desk = try await Self.print(signals: signals, from: database, options: output, london: settings.london)
    if failIfStale, desk.rows.contains(where: \.isStale) {
      for row in desk.rows where row.isStale { tell("\(row.signal.name) is \(row.words): \(row.reason ?? "")") }
      throw ExitStatus.degraded
    }
  }

  /// Prints the table; the demo does the same.
  @discardableResult
  static func print(
    signals names: [String], from database: DatabaseAccess, options: OutputOptions, london: LondonClock
  ) async throws -> Desk {
    let desk = try await database.with { connection in
      let known = try await SignalTable.read(through: connection)
      let wanted = try names.map { try known.signal(named: $0) }
      return try await Desk.read(wanted.isEmpty ? nil : wanted, through: connection)
    }
    let rows = DeskRows(options: options, london: london)
    var writer = rows.writer
    for row in desk.rows { writer.write(rows.cells(of: row, in: desk)) }
    writer.finish(none: "no signal has a value yet; try `flux-market collect --once`")
    return desk
  }
}
