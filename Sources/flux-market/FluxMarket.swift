import ArgumentParser
import CGlibc
import Glibc

/// The program: a list of commands, and the one place where an error becomes a line and an exit status.
@main
struct FluxMarket: AsyncParsableCommand {
  static let version = "0.1.0"

  // Each command says its name. One made of its type's name is asked for whenever any command begins, and then the
  // runtime looks through all conformances of the program: 5 ms for some thirty of them.
  static let configuration = CommandConfiguration(
    commandName: "flux-market",
    abstract: "Collects the GB power market's signals and keeps every version of every value.",
    discussion: """
      Everything at once:  flux-market demo
      Newest values:       flux-market latest
      A year of prices:    flux-market backfill imbalance_price --from 1y
      As they are now:     flux-market history imbalance_price --from 7d
      As they were known:  flux-market history imbalance_price --from 7d --as-of 2d

      Without FLUX_DATABASE_URL or PGHOST it keeps a database of its own;
      `flux-market db status` says where. What can be set, as --NAME VALUE, as
      FLUX_NAME or as a line of a file: `flux-market config` lists it.
      """,
    version: "flux-market \(version)",
    subcommands: [
      Demo.self, Collect.self, Serve.self, BackfillCommand.self, GapsCommand.self, ImportCommand.self, Latest.self,
      HistoryCommand.self, PlotCommand.self, RevisionsCommand.self, QualityCommand.self, FeedsCommand.self,
      StatusCommand.self, Doctor.self, ConfigCommand.self, RejectsCommand.self, ReplayCommand.self,
      SpoolCommand.self, DatabaseCommand.self, Simulate.self,
    ])

  static func main() async {
    // A connection that the other side has closed is an error of that connection, not our end; see `put`.
    signal(SIGPIPE, SIG_IGN)
    // Large buffers go back to the system when they are freed. Left to itself malloc takes ever larger ones from its
    // arenas once one was freed, and a long backfill's memory grows.
    mallopt(M_MMAP_THRESHOLD, 128 << 10)
    mallopt(M_TRIM_THRESHOLD, 1 << 20)
    do {
      var command = try parseAsRoot(SettingFlags.given.rest)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let status as ExitStatus {
      Glibc.exit(status.rawValue)
    } catch {
      let known = ExitStatus(of: error)
      if known == nil, exitCode(for: error) != .failure { end(misunderstood: error) }
      tell(error)
      Glibc.exit((known ?? .software).rawValue)
    }
  }

  /// Ends after an error of the command line itself, or a request for help, which is no error.
  private static func end(misunderstood error: any Error) -> Never {
    let code = exitCode(for: error)
    guard code == .validationFailure else { exit(withError: error) }
    if let first = SettingFlags.given.rest.first, !first.hasPrefix("-"), first != "help" {
      let commands = configuration.subcommands.map { $0._commandName }
      if !commands.contains(first) {
        tell(UnknownName("command", first, known: commands))
        tell("`flux-market --help` tells what they do")
        Glibc.exit(code.rawValue)
      }
    }
    tell("flux-market: \(message(for: error))")
    // How it is used, and where there is more; what one option takes is in the message.
    for line in fullMessage(for: error).split(separator: "\n").drop(while: { !$0.hasPrefix("Usage: ") }) {
      tell(String(line))
    }
    Glibc.exit(code.rawValue)
  }
}
