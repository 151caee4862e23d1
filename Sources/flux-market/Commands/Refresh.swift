import ArgumentParser
import Intake
import Store

extension DatabaseCommand {
  struct Refresh: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "refresh", abstract: "Brings the roll-ups of the meters up to date at once, over a range.",
      discussion: """
        flux-market db refresh --from 2026-03-01 --to 2026-03-31

        Late readings need no refresh: the database's own job sees them within ten minutes. On PostgreSQL alone the
        roll-ups are views, always up to date.
        """)

    @OptionGroup var range: RangeOptions
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
      let settings = try Settings()
      let window = try range.window(now: Pacing.system.now(), in: settings.london)
      let refreshed = try await DatabaseAccess(settings, simulated: database.simulated).with {
        try await Rollups.refresh(window, through: $0)
      }
      switch refreshed {
      case .window(let window): say("refreshed: \(window)")
      case .keptOnly(let since):
        say("nothing refreshed: readings before \(since) may be gone, and their roll-ups stay as they are")
      case .notYet: say("nothing to refresh yet: \(window) lies ahead")
      case .views: say("nothing to do: the roll-ups are ordinary views here, computed when they are read")
      }
    }
  }
}
