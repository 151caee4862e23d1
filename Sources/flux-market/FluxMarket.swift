import ArgumentParser
import Glibc

/// The program: a list of commands, and the one place where an error becomes a line and an exit status.
@main
struct FluxMarket: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "flux-market",
    abstract: "Collects the GB power market's signals and keeps every version of every value.",
    discussion: """
      Try it:            flux-market demo
      Newest values:     flux-market latest
      Years of prices:   flux-market backfill elexon-system-price --from 2024-01-01 --to 2024-12-31
      What we knew then: flux-market history imbalance_price --from yesterday --as-of 2026-03-29T16:05:00Z

      Without FLUX_DATABASE_URL or PGHOST it keeps a database of its own; `flux-market db status` says where.
      """,
    version: "flux-market \(version)",
    subcommands: [
      Demo.self, Collect.self, BackfillCommand.self, Latest.self, HistoryCommand.self, FeedsCommand.self,
      DatabaseCommand.self, Simulate.self,
    ])

  static func main() async {
    // A connection that the other side has closed is an error of that connection, not our end; see `put`.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let status as ExitStatus {
      Glibc.exit(status.rawValue)
    } catch {
      let known = ExitStatus(of: error)
      // Errors of the command line, and requests for help: printed with the usage.
      if known == nil, exitCode(for: error) != .failure { exit(withError: error) }
      tell(error)
      Glibc.exit((known ?? .software).rawValue)
    }
  }
}
