import ArgumentParser
import Intake
import Market
import Store

struct HistoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "The values of signals: as they are, as they were known, or every revision.",
    discussion: """
      flux-market history imbalance_price --from 2026-03-01 --to 2026-03-31 --format csv
      flux-market history imbalance_price --from yesterday --as-of 2026-03-29T16:05:00Z
      flux-market history wholesale_price --from 1y --as-of-lead 20m -o known.csv
      flux-market history imbalance_price niv_outturn --from 30d --every settlement-day --wide
      flux-market history imbalance_price --from yesterday --revisions

      Oldest first. What each word means exactly is in docs/reading.md.
      """)

  @OptionGroup var signals: SignalArguments
  @OptionGroup var range: RangeOptions
  @OptionGroup var view: ViewOptions
  @Flag(help: "Every revision, oldest first within its time, with the one before.")
  var revisions = false
  @Flag(help: "The instants at which anything in the range was learnt, with counts.")
  var vintages = false
  @Option(help: ArgumentHelp("Means over 1h, 1d (UTC) or settlement-day (London).", valueName: "length"))
  var every: Bucket?
  @Flag(help: "One row a time, one column a signal.")
  var wide = false
  @OptionGroup var file: FileOptions
  @OptionGroup var database: DatabaseOptions
  @OptionGroup var output: OutputOptions

  enum Bucket: String, CaseIterable, ExpressibleByArgument {
    case hour = "1h"
    case day = "1d"
    case settlementDay = "settlement-day"

    var bucket: HistoryReader.Bucket {
      switch self {
      case .hour: .hour
      case .day: .day
      case .settlementDay: .settlementDay
      }
    }
  }

  func validate() throws {
    guard view.count + [revisions, vintages].count(where: { $0 }) <= 1 else {
      throw ValidationError("--as-of, --as-of-lead, --first-release, --revisions and --vintages exclude each other")
    }
    guard !revisions && !vintages || every == nil && !wide else {
      throw ValidationError("--revisions and --vintages take neither --every nor --wide")
    }
  }

  func run() async throws {
    let settings = try Settings()
    let now = Pacing.system.now()
    let window = try range.window(now: now, in: settings.london)
    let view = revisions ? .revisions : view.view(now: now, in: settings.london)
    let database = try await DatabaseAccess(settings, simulated: database.simulated)
    try await database.with { [self] connection in
      let wanted = try await signals.read(through: connection)
      let file = try file.path.map { (path) throws(OutputFileError) in try OutputFile(path) }
      let rows = HistoryRows(
        reader: HistoryReader(connection: connection, signals: wanted.map(\.id), window: window), signals: wanted,
        london: settings.london, options: file.map { output.named(by: $0.path) } ?? output, file: file,
        none: "no values of \(signals.names.joined(separator: ", ")) in \(window)\(view.words)")
      do {
        if vintages {
          try await rows.vintages()
        } else if wide {
          try await rows.wide(view, every: every?.bucket)
        } else if let every {
          try await rows.means(view, every: every.bucket)
        } else {
          try await rows.values(view)
        }
      } catch {
        file?.discard()
        throw error
      }
    }
  }
}
