import ArgumentParser
import Intake
import Market
import Spool

/// What waits on this machine's disk for a database that is away. None of it needs the database.
struct SpoolCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spool",
    abstract: "What waits on disk for the database: shows, checks, exports and drops it.",
    discussion: """
      flux-market spool status
      flux-market spool verify
      flux-market spool export -o waiting.jsonl
      flux-market spool drop --before 2026-03-01

      Works without the database, and beside a collector that runs.
      """,
    subcommands: [Status.self, Verify.self, SpoolExport.self, SpoolDrop.self, RetryAside.self],
    defaultSubcommand: Status.self)

  /// Opens the state folder's spool to look at; nil where there is none.
  static func look(_ settings: Settings) async throws -> Spool? {
    do {
      return try await Spool.open(
        folder: settings.spoolFolder, limit: try settings.spoolLimit, readOnly: true)
    } catch SpoolError.absent { return nil }
  }

  /// Opens the state folder's spool to change it; nil where there is none.
  static func change(_ settings: Settings) async throws -> Spool? {
    guard try await look(settings) != nil else { return nil }
    return try await Spool.open(
      folder: settings.spoolFolder, limit: try settings.spoolLimit, report: { tell("note: \($0)") })
  }

  struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "status", abstract: "How full it is, what waits by feed, and what was set aside.",
      discussion: """
        flux-market spool status --format json
        flux-market spool status --set-aside
        """)

    @Flag(help: "Lists the records that were set aside, with the reason, instead.")
    var setAside = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let settings = try Settings()
      let spool = try await SpoolCommand.look(settings)
      if setAside { return try await list(spool, settings) }
      let status = try await spool?.status() ?? .empty
      let now = Pacing.system.now()
      var rows = RowWriter(
        ["what", "feed", "batches", "observations", "oldest", "age", "bytes", "limit"], options: output,
        london: settings.london)
      func cells(_ amount: SpoolStatus.Amount) -> [Cell] {
        [
          .integer(amount.batches), .integer(amount.observations), Cell(amount.oldest),
          amount.oldest.map { .duration(now.since($0)) } ?? .null,
        ]
      }
      rows.write(
        [.text("all that waits"), .null] + cells(status.waiting)
          + [.integer(Int(status.bytes)), .integer(Int(status.limit))])
      for (feed, amount) in status.feeds.sorted(by: { $0.key < $1.key }) {
        rows.write([.text("waits"), .text(feed)] + cells(amount) + [.null, .null])
      }
      rows.write([.text("set aside"), .null] + cells(status.setAside) + [.null, .null])
      rows.finish(none: "")
    }

    private func list(_ spool: Spool?, _ settings: Settings) async throws {
      var rows = RowWriter(
        ["id", "feed", "observed_at", "observations", "set_aside_at", "reason"], options: output,
        london: settings.london)
      if let spool {
        for try await record in spool.records {
          guard let setAside = record.setAside else { continue }
          rows.write([
            .integer(Int(record.id)), .text(record.feed), .instant(record.observedAt), .integer(record.observations),
            .instant(setAside.at), .text(setAside.reason),
          ])
        }
      }
      rows.finish(none: "nothing was set aside")
    }
  }

  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Reads every record and compares its checksum; the status is 65 where something is damaged.",
      discussion: "flux-market spool verify")

    @OptionGroup var output: OutputOptions

    func run() async throws {
      let settings = try Settings()
      let spool = try await SpoolCommand.look(settings)
      var rows = RowWriter(
        ["id", "feed", "observed_at", "observations", "bytes", "fault"], options: output, london: settings.london)
      var records = 0
      if let spool {
        for fault in try await spool.faults() {
          rows.write([.null, .null, .null, .null, .null, .text("the file: \(fault)")])
        }
        for try await record in spool.records {
          records += 1
          guard case .failure(let why) = record.contents else { continue }
          rows.write([
            .integer(Int(record.id)), .text(record.feed), .instant(record.observedAt), .integer(record.observations),
            .integer(record.bytes), .text(why.description),
          ])
        }
      }
      rows.finish(none: "\(counted(records, "record")): nothing is damaged")
      if rows.rows > 0 { throw ExitStatus.data }
    }
  }

  struct RetryAside: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "retry-aside", abstract: "Lets records that were set aside wait again, at their old places.",
      discussion: """
        flux-market spool retry-aside
        flux-market spool retry-aside 17 18
        """)

    @Argument(help: "As `spool status --set-aside` lists them; all where none is named.")
    var id: [Int64] = []

    func run() async throws {
      let spool = try await SpoolCommand.change(try Settings())
      let count = try await spool?.retry(setAside: id.isEmpty ? nil : id) ?? 0
      say("\(counted(count, "record")) will be tried again")
    }
  }
}

extension SpoolStatus {
  /// Of a spool that was never made.
  fileprivate static let empty = SpoolStatus(bytes: 0, limit: Spool.defaultLimit, feeds: [:], setAside: Amount())
}
