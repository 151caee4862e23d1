import ArgumentParser
import Feeds
import Intake
import Market
import Postgres
import Store

struct RejectsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rejects", abstract: "What was refused of the feeds' replies: lists, shows, asks again, discards.",
    subcommands: [List.self, Show.self, Retry.self, Discard.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Lists what was refused, the newest first.",
      discussion: """
        flux-market rejects --feed elexon-system-price --since yesterday
        flux-market rejects list --state open --format json
        """)

    @Option(help: ArgumentHelp("Only of this feed.", valueName: "feed"))
    var feed: String?
    @Option(
      help: ArgumentHelp("Only what was seen since: \(RangeEnd.forms).", valueName: "date"), transform: RangeEnd.init)
    var since: RangeEnd?
    @Option(help: "Only what is open, retried or discarded.")
    var state: RejectLog.State?
    @Option(help: ArgumentHelp("How many at the most.", valueName: "count"))
    var limit = 100
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
      guard limit > 0 else { throw ValidationError("--limit is at least 1, not \(limit)") }
    }

    func run() async throws {
      let settings = try Settings()
      var query = RejectLog.Query()
      query.feed = feed
      query.since = since?.instant(now: Pacing.system.now(), in: settings.london)
      query.state = state
      query.limit = limit
      let entries = try await DatabaseAccess(settings, simulated: database.simulated).with { [query] in
        try await RejectLog.read(query, through: $0)
      }
      var rows = RowWriter(
        ["id", "feed", "state", "last_seen", "times", "place", "time", "field", "value", "reason"], options: output,
        london: settings.london)
      for entry in entries {
        let reject = entry.reject
        rows.write([
          .integer(Int(entry.id)), .text(reject.feed), .text(entry.state.rawValue), .instant(entry.lastSeen),
          .integer(Int(entry.times)), .text(reject.place), Cell(reject.time), .text(reject.field), .text(reject.value),
          .text(reject.reason),
        ])
      }
      rows.finish(none: "nothing was refused")
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Shows all that is kept of one, with the record or the reply's beginning.",
      discussion: "flux-market rejects show 17")

    @Argument(help: "Its number, as `rejects` lists it.")
    var id: Int64
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let settings = try Settings()
      let access = try await DatabaseAccess(settings, simulated: database.simulated)
      let entry = try await RejectsCommand.entries([id], of: access)[0]
      let reject = entry.reject
      var rows = RowWriter(["what", "value"], options: output, london: settings.london)
      let parts: [(String, Cell)] = [
        ("id", .integer(Int(entry.id))), ("feed", .text(reject.feed)), ("state", .text(entry.state.rawValue)),
        ("url", Cell(reject.url)), ("from", Cell(entry.window?.from)), ("to", Cell(entry.window?.to)),
        ("first_seen", .instant(entry.firstSeen)), ("last_seen", .instant(entry.lastSeen)),
        ("times", .integer(Int(entry.times))), ("place", .text(reject.place)), ("time", Cell(reject.time)),
        ("field", .text(reject.field)), ("value", .text(reject.value)), ("reason", .text(reject.reason)),
        ("sample", Cell(reject.sample)),
      ]
      for (name, cell) in parts { rows.write([.text(name), cell]) }
      rows.finish(none: "")
    }
  }

  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "retry", abstract: "Asks the feed once more for the window that each came of, and loads the answer.",
      discussion: """
        flux-market rejects retry 17 18

        One that does not come again is marked retried; one that does stays open.
        """)

    @Argument(help: "Their numbers, as `rejects` lists them.")
    var ids: [Int64]
    @Option(help: ArgumentHelp("The folder of feed files.", valueName: "folder"))
    var feeds: String?
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
      let settings = try Settings()
      let access = try await DatabaseAccess(settings, simulated: database.simulated)
      let entries = try await RejectsCommand.entries(ids, of: access)
      let session = try FeedSession(settings, folder: feeds, signals: try await access.signals())
      var failure: (any Error)?
      // Several of one window are one question.
      let asked = Dictionary(grouping: entries) { Question(feed: $0.reject.feed, window: $0.window) }
      for (question, entries) in asked.sorted(by: { $0.value[0].id < $1.value[0].id }) {
        let ids = entries.map(\.id)
        do {
          let intake = try session.intake(of: try session.feed(named: question.feed))
          try await Self.retry(question, ids, intake: intake, access)
        } catch {
          tell("\(question): \(error)")
          failure = failure ?? error
        }
      }
      if let failure { throw ExitStatus(of: failure) ?? .software }
    }

    private struct Question: Hashable, CustomStringConvertible {
      let feed: String
      let window: Window?

      var description: String { feed + (window.map { ", \($0)" } ?? "") }
    }

    private static func retry(
      _ question: Question, _ ids: [Int64], intake: Intake, _ access: DatabaseAccess
    ) async throws {
      guard question.window != nil || intake.feed.span == .wholeFile else {
        throw UsageError(
          description: "what was asked for is not known: `flux-market backfill \(question.feed) --from DATE` asks again")
      }
      do {
        let batch = try await intake.read(question.window)
        let counts = try await access.with { connection in
          let counts = try await Loader(connection: connection, source: "retry \(question.feed)").loadSalvaging(batch)
          try await RejectLog.mark(ids, as: .retried, seenBefore: batch.observedAt, through: connection)
          return counts
        }
        say("\(question): \(counts.inserted) new, \(counted(batch.rejects.count + counts.rejects.count, "reject"))")
      } catch {
        if let reject = Reject(failed: error, feed: question.feed, window: question.window) {
          try await access.with {
            try await RejectLog.record(
              [reject], feed: question.feed, observedAt: Pacing.system.now(), window: question.window, through: $0)
          }
        }
        throw error
      }
    }
  }

  struct Discard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "discard",
      abstract: "Marks what nobody needs to look at again.", discussion: "flux-market rejects discard 17 18")

    @Argument(help: "Their numbers, as `rejects` lists them.")
    var ids: [Int64]
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
      let settings = try Settings()
      let access = try await DatabaseAccess(settings, simulated: database.simulated)
      let entries = try await RejectsCommand.entries(ids, of: access)
      try await access.with { try await RejectLog.mark(entries.map(\.id), as: .discarded, through: $0) }
      say("\(counted(entries.count, "reject")) discarded")
    }
  }

  /// - Throws: ``UsageError`` where one of the numbers is nobody's.
  private static func entries(_ ids: [Int64], of access: DatabaseAccess) async throws -> [RejectLog.Entry] {
    var query = RejectLog.Query()
    query.ids = ids
    query.limit = ids.count
    let entries = try await access.with { [query] in try await RejectLog.read(query, through: $0) }
    let missing = Set(ids).subtracting(entries.map(\.id)).sorted()
    guard missing.isEmpty else {
      throw UsageError(
        description: "there is no reject \(missing.map(String.init).joined(separator: ", ")); "
          + "`flux-market rejects` lists those that are kept")
    }
    return entries
  }
}

extension RejectLog.State: ExpressibleByArgument {}
