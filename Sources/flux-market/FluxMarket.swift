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
    version: version,
    subcommands: [
      Demo.self, Collect.self, BackfillCommand.self, Latest.self, HistoryCommand.self, FeedsCommand.self,
      DatabaseCommand.self, Simulate.self,
    ])

  static func main() async {
    // A reader that ends early, as `head` does, ends us too; it is no error of ours to report.
    signal(SIGPIPE, SIG_DFL)
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
      guard let status = ExitStatus(of: error) else { exit(withError: error) }
      for (number, line) in "\(error)".split(separator: "\n").enumerated() {
        tell(number == 0 ? "flux-market: \(line)" : "  \(line)")
      }
      Glibc.exit(status.rawValue)
    }
  }
}
