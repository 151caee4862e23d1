import ArgumentParser
import Intake
import Market
import Postgres
import Store

/// What is known of backfills that were begun.
extension BackfillCommand {
  private static let columns = [
    "job", "feed", "state", "windows", "done", "in_hand", "failed", "new", "changed", "unchanged", "rejected", "begun",
    "ended", "request",
  ]

  private static func cells(_ job: BackfillJob) -> [Cell] {
    [
      .integer(Int(job.id)), .text(job.request.feed), .text(job.state.rawValue), .integer(job.windows),
      .integer(job.done), .integer(job.claimed), .integer(job.failed), .integer(job.new), .integer(job.revised),
      .integer(job.unchanged), .integer(job.rejected), .instant(job.createdAt), Cell(job.endedAt),
      .text(job.request.text),
    ]
  }

  /// - Throws: ``UsageError`` where nobody began it.
  static func job(_ id: Int64, through connection: Connection) async throws -> BackfillJob {
    guard let job = try await BackfillJob.read(id: id, through: connection).first else {
      throw UsageError(description: "there is no backfill \(id): `flux-market backfill list` shows those there are")
    }
    return job
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "The backfills of the last 90 days and how far each is, the newest first.",
      discussion: "flux-market backfill list --format json")

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let settings = try Settings()
      let database = try await DatabaseAccess(settings, simulated: database.simulated)
      var rows = RowWriter(BackfillCommand.columns, options: output, london: settings.london)
      for job in try await database.with({ try await BackfillJob.read(through: $0) }) {
        rows.write(BackfillCommand.cells(job))
      }
      rows.finish(none: "no backfill was begun")
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "One backfill; its failed windows, with the reasons, on standard error.",
      discussion: "flux-market backfill show 12")

    @Argument(help: "As `backfill list` shows it.")
    var job: Int64
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let settings = try Settings()
      let database = try await DatabaseAccess(settings, simulated: database.simulated)
      var rows = RowWriter(BackfillCommand.columns, options: output, london: settings.london)
      let (known, failures) = try await database.with { [job] in
        (try await BackfillCommand.job(job, through: $0), try await BackfillJob.failures(of: job, through: $0))
      }
      rows.write(BackfillCommand.cells(known))
      rows.finish(none: "")
      for failure in failures {
        tell("\(failure.window.days(in: settings.london)), \(counted(failure.attempts, "attempt")): \(failure.error)")
      }
    }
  }

  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "retry",
      abstract: "Goes on with a backfill: what failed in it is tried again, and what was left is done.",
      discussion: "flux-market backfill retry 12")

    @Argument(help: "As `backfill list` shows it.")
    var job: Int64
    @Option(help: ArgumentHelp("The folder of feed files.", valueName: "folder"))
    var feeds: String?
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let settings = try Settings()
      let database = try await DatabaseAccess(settings, simulated: database.simulated)
      try await database.with(connections: 2) { connections in
        _ = try await BackfillCommand.job(job, through: connections[0])
        let again = try await BackfillJob.retry(job, through: connections[0])
        tell("backfill \(job): \(counted(again, "failed window")) to be tried again")
        try await BackfillSession(
          settings: settings, database: database, through: connections, folder: feeds, output: output
        ).join(job)
      }
    }
  }

  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "cancel", abstract: "Ends a backfill, wherever it runs; what it has loaded stays.",
      discussion: "flux-market backfill cancel 12")

    @Argument(help: "As `backfill list` shows it.")
    var job: Int64
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
      let database = try await DatabaseAccess(try Settings(), simulated: database.simulated)
      try await database.with { [job] connection in
        let known = try await BackfillCommand.job(job, through: connection)
        guard try await BackfillJob.cancel(job, through: connection) else {
          throw UsageError(description: "backfill \(job) does not run: it is \(known.state.rawValue)")
        }
      }
      say("backfill \(job) is cancelled; what its workers have in hand still goes in")
    }
  }
}
