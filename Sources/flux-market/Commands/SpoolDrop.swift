import ArgumentParser
import Glibc
import Intake
import Market
import Spool

struct SpoolDrop: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drop",
    abstract: "Removes, for good, what was observed before an instant.",
    discussion: """
      flux-market spool drop --before 2026-03-29T16:30:00Z
      flux-market spool drop --before today --set-aside --yes
      """)

  @Option(
    help: ArgumentHelp(
      "Batches observed before this instant go; a date means its beginning in London.", valueName: "instant"),
    transform: RangeEnd.init)
  var before: RangeEnd
  @Flag(help: "What was set aside instead of what waits.")
  var setAside = false
  @Flag(help: "Does it; needed at a terminal where something would go.")
  var yes = false
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let settings = try Settings()
    let time = before.instant(now: Pacing.system.now(), in: settings.london)
    let planned = try await SpoolCommand.look(settings)?.count(before: time, setAside: setAside) ?? .init()
    if planned.batches > 0, !yes, isatty(STDIN_FILENO) == 1 {
      throw UsageError(
        description: """
          this would remove \(planned.batches) batch\(planned.batches == 1 ? "" : "es") of \
          \(counted(planned.observations, "observation")) for good: if that is wanted, add --yes; \
          `flux-market spool export` keeps a copy
          """)
    }
    let dropped = try await SpoolCommand.change(settings)?.drop(before: time, setAside: setAside) ?? .init()
    var rows = RowWriter(["dropped_batches", "observations", "oldest"], options: output, london: settings.london)
    rows.write([.integer(dropped.batches), .integer(dropped.observations), Cell(dropped.oldest)])
    rows.finish(none: "")
  }
}
