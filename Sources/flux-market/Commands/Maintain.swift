import ArgumentParser
import Store

extension DatabaseCommand {
  struct Maintain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "maintain",
      abstract: "Deletes what is past its keep where no job of the database's own does; once a day is often enough.",
      discussion: """
        flux-market db maintain

        The same settings as TimescaleDB's jobs: `flux-market db policies`. Rows go in batches, oldest first; stop it
        and repeat it at will.
        """)

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let settings = try Settings()
      let done = try await DatabaseAccess(settings, simulated: database.simulated).with {
        try await Maintenance.run(through: $0)
      }
      var rows = RowWriter(["table", "deleted", "what"], options: output, london: settings.london)
      for table in done { rows.write([.text(table.table), .integer(Int(table.deleted)), .text(table.says)]) }
      rows.finish(none: "none")
    }
  }
}
