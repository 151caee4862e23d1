import ArgumentParser
import Postgres

struct Doctor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Looks at everything that must be right before the collector starts, and says what to do.",
    discussion: """
      flux-market doctor
      flux-market doctor --network --format json

      Ends with 0 where nothing failed, warnings or not; with 78 where something is set wrongly, with 69 or 75 where
      something is away. Only looks: it starts no database and loads nothing.
      """)

  @Flag(help: "Ask each host, too, one request each; not those whose limit is strict.")
  var network = false
  @Option(help: ArgumentHelp("The folder of feed files.", valueName: "folder"))
  var feeds: String?
  @OptionGroup var database: DatabaseOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let settings = try Settings()
    var rows = RowWriter(RowWriter.findingColumns, options: output, london: settings.london)
    let findings = await findings(settings)
    for finding in findings { rows.write(finding) }
    rows.finish(none: "")
    if let status = findings.status { throw status }
  }

  private func findings(_ settings: Settings) async -> [Finding] {
    let (ofDatabase, signals) = await DatabaseCheck(settings, simulated: database.simulated).findings()
    let feeds = FeedCheck(settings, folder: feeds, signals: signals)
    return feeds.settings() + feeds.findings() + (network ? await feeds.hosts() : []) + ofDatabase
      + MachineCheck(settings).findings() + (await SpoolCheck(settings, simulated: database.simulated).findings(readingAll: true))
  }
}
