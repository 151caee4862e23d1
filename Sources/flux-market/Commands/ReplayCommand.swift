import Archive
import ArgumentParser
import Decode
import Feeds
import Intake
import Market
import Store

struct ReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Reads a feed's kept replies by what its file says now, shows what that changes, and loads it.",
    discussion: """
      flux-market replay elexon-system-price --from 2026-03-01 --to 2026-03-31 --dry-run
      flux-market replay elexon-system-price --from 2026-03-01 --to 2026-03-31

      For mistakes in a feed's file: what it made of replies is mended without asking the provider. A feed keeps its
      replies with "archive: on" in its file. Each value goes in as observed when its reply had arrived; nothing is
      deleted, and the same again adds nothing. Ends with 65 where a reply could not be read.
      """)

  @Argument(help: "The feed.")
  var feed: String
  @OptionGroup var range: RangeOptions
  @Flag(help: "Shows what would change, and ends.")
  var dryRun = false
  @Flag(help: "Does not ask before it loads; it asks on a terminal alone.")
  var yes = false
  @Option(help: ArgumentHelp("The folder of feed files.", valueName: "folder"))
  var feeds: String?
  @OptionGroup var database: DatabaseOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let settings = try Settings()
    let window = try range.window(now: Pacing.system.now(), in: settings.london)
    let access = try await DatabaseAccess(settings, simulated: database.simulated)
    let signals = try await access.signals()
    let session = try FeedSession(settings, folder: feeds, signals: signals)
    // Nobody is asked, so it may be off.
    guard let named = session.catalog[feed] else {
      throw UnknownName("feed", feed, known: session.catalog.feeds.map(\.id))
    }
    let intake = try session.intake(of: named)
    let files = try settings.archive(simulated: access.isSimulated).files(of: feed).filter { $0.isPart(of: window) }
    guard !files.isEmpty else {
      let hint = named.archive ? "" : "; \"archive: on\" in its file keeps those to come"
      return tell("no reply of \(feed) is kept of these days\(hint)")
    }
    let survey = try await show(files, intake, signals, settings, access)
    tell("\(counted(files.count, "reply", "replies")) of \(feed): \(survey.words)")
    if !dryRun, survey.isWorthLoading { try await load(files, intake, access) }
    if survey.unreadable > 0 { throw ExitStatus.data }
  }

  private struct Survey {
    var values = 0
    var changes = 0
    var rejects = 0
    var unreadable = 0
    /// Rounds of dispatch: what they change depends on the schedule in force, and is known when they are loaded.
    var rounds = 0

    var isWorthLoading: Bool { changes > 0 || rounds > 0 }

    var words: String {
      var words = rounds > 0 ? "rounds of dispatch; what they change is known when they are loaded" : ""
      if rounds == 0 { words = "\(changes) of \(counted(values, "value")) would change" }
      if rejects > 0 { words += ", \(rejects) rejected" }
      return unreadable > 0 ? words + ", \(unreadable) cannot be read" : words
    }
  }

  /// Prints a row for each value that would change.
  private func show(
    _ files: [ReplyFile], _ intake: Intake, _ signals: [Signal], _ settings: Settings, _ access: DatabaseAccess
  ) async throws -> Survey {
    let known = Dictionary(uniqueKeysWithValues: signals.map { ($0.id, $0) })
    return try await access.with { connection in
      var rows = RowWriter(
        ["signal", "period", "time", "was", "becomes", "unit", "observed_at"], options: output, london: settings.london)
      var survey = Survey()
      var preview = ChangePreview()
      for file in files {
        guard let batch = batch(of: file, intake) else {
          survey.unreadable += 1
          continue
        }
        survey.rejects += batch.rejects.count
        survey.values += batch.observations.count
        if batch.schedule != nil { survey.rounds += 1 }
        for change in try await preview.changes(of: batch, through: connection) {
          survey.changes += 1
          rows.write([
            Cell(known[change.signal]?.name),
            .text(SettlementPeriod(containing: change.time, in: settings.london).description), .instant(change.time),
            Cell(change.was), .real(change.becomes), Cell(known[change.signal].map { "\($0.unit)" }),
            .instant(change.observedAt),
          ])
        }
      }
      rows.finish(none: "")
      return survey
    }
  }

  private func load(_ files: [ReplyFile], _ intake: Intake, _ access: DatabaseAccess) async throws {
    if !yes, isAnybodyThere, !isConfirmed("Load it?") { return tell("nothing was loaded") }
    let counts = try await access.with { connection in
      let loader = try await Loader(connection: connection, source: "replay \(feed)")
      var counts = LoadCounts()
      // Oldest first: each is judged by what was in force when it came.
      for file in files {
        guard let batch = batch(of: file, intake) else { continue }
        counts += try await loader.loadSalvaging(batch)
      }
      return counts
    }
    tell("\(counts.inserted) loaded, \(counts.unchanged) unchanged")
  }

  /// - Returns: nil for what cannot be read, which is told.
  private func batch(of file: ReplyFile, _ intake: Intake) -> Batch? {
    do { return try intake.read(try file.read()) } catch {
      tell(error)
      return nil
    }
  }
}

extension ReplyFile {
  /// Whether it is of the range: by what was asked for, or by when it came where that names no time.
  fileprivate func isPart(of range: Window) -> Bool {
    guard let window else { return range.contains(arrivedAt) }
    return window.from < range.to && window.to > range.from
  }
}
