import ArgumentParser
import Intake
import Market
import Store

extension GapsCommand {
  struct Accept: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "accept",
      abstract: "Notes that nothing will ever come for what is missing of a range, so that it raises no alarm.",
      discussion: """
        flux-market gaps accept 2024-10-13..2024-10-14 wholesale_price --reason "no trades on these days"

        Prints what it covers: half hours that are missing now, no others. They stay in the list, as accepted; a value
        that comes all the same is stored as any other.
        """)

    @Argument(
      help: ArgumentHelp(
        "A settlement date, or two ends with .. between them: 2024-10-13..2024-10-14, both included; instants too.",
        valueName: "range"),
      transform: GapRange.init)
    var range: GapRange
    @Argument(help: "The signal; all that have a value for every half hour where none is named.")
    var signal: String?
    @Option(help: ArgumentHelp("Why nothing will come.", valueName: "text"))
    var reason: String
    @Option(help: ArgumentHelp("The folder of feed files.", valueName: "folder"))
    var feeds: String?
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
      guard reason.contains(where: { !$0.isWhitespace }) else { throw ValidationError("--reason is empty") }
    }

    func run() async throws {
      let settings = try Settings()
      let now = Pacing.system.now()
      let database = try await DatabaseAccess(settings, simulated: database.simulated)
      let signals = try await database.signals()
      let session = try FeedSession(settings, folder: feeds, signals: signals)
      let survey = try GapSurvey(signal, of: signals, session: session)
      let found = try await database.with { [range, reason] connection in
        let found = try await survey.read(from: range.from, to: range.to, at: now, through: connection)
        for found in found where !found.open.isEmpty {
          try await GapReader(connection: connection)
            .accept(found.open.map(\.window), of: found.signal.id, reason: reason)
        }
        return found
      }
      guard found.contains(where: { !$0.open.isEmpty }) else {
        throw UsageError(description: "nothing is missing there that is not accepted: `flux-market gaps` lists what is")
      }
      var rows = RowWriter(
        ["signal", "from", "to", "first", "half_hours", "was", "reason"], options: output, london: settings.london)
      for found in found {
        for gap in found.open {
          rows.write([
            .text(found.signal.name), .instant(gap.window.from), .instant(gap.window.to),
            .text(SettlementPeriod(containing: gap.window.from, in: settings.london).description),
            .integer(gap.window.halfHours), .text(gap.kind.rawValue), .text(reason),
          ])
        }
      }
      rows.finish(none: "")
    }
  }
}

/// `2024-10-13`, or two ends with `..` between them.
struct GapRange {
  let from: RangeEnd
  let to: RangeEnd

  /// - Throws: `ValidationError` that says what may be written.
  init(_ argument: String) throws {
    if let dots = argument.firstRange(of: "..") {
      from = try RangeEnd(String(argument[..<dots.lowerBound]))
      to = try RangeEnd(String(argument[dots.upperBound...]))
      return
    }
    from = try RangeEnd(argument)
    to = from
    if case .instant = from {
      throw ValidationError("an instant is no range: write two, with .. between them")
    }
  }
}
