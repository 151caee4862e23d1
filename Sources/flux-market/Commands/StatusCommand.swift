import ArgumentParser
import EmbeddedPostgres
import Intake
import Market
import Postgres
import Store

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "How every feed fares, and the database that they are kept in.",
    discussion: """
      flux-market status
      flux-market status --format json

      Ends with 0 where all is well and with 1 where something is not, so that a cron job or a probe can use it. Only
      looks: it never starts the embedded database. With jsonl and csv it prints the feeds alone.
      """)

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var output: OutputOptions

  private static let columns = [
    "feed", "state", "last_success", "age", "newest", "lag", "failures", "rejects_today", "flags_today", "next_run",
    "last_error",
  ]

  func run() async throws {
    let settings = try Settings()
    let (feeds, findings) = await Self.look(try DatabaseAddress(settings, simulated: database.simulated))
    if output.format == .json { put(Array("{\"feeds\": ".utf8)) }
    var rows = RowWriter(Self.columns, options: output, london: settings.london)
    for feed in feeds { rows.write(Self.row(feed)) }
    let isWrong = findings.contains { $0.result == .failed }
    rows.finish(none: isWrong ? "" : "no feed was ever asked: `flux-market collect` asks them")
    if output.format == .json { put(Array(", \"checks\": ".utf8)) }
    if output.format == .json || output.format == .table {
      if output.format == .table { say("") }
      var rows = RowWriter(RowWriter.findingColumns, options: output, london: settings.london)
      for finding in findings { rows.write(finding) }
      rows.finish(none: "")
    }
    let isHealthy = feeds.allSatisfy { $0.state == .healthy } && !isWrong
    if output.format == .json { put(Array(", \"healthy\": \(isHealthy)}\n".utf8)) }
    if !isHealthy { throw ExitStatus.degraded }
  }

  private static func row(_ feed: FeedHealth) -> [Cell] {
    [
      .text(feed.feed), .text(feed.state.rawValue), Cell(feed.lastSuccessAt), feed.age.map(Cell.duration) ?? .null,
      Cell(feed.newestTime), feed.lag.map(Cell.duration) ?? .null, .integer(feed.consecutiveFailures),
      .integer(feed.rejectsToday), .integer(feed.flagsToday), Cell(feed.nextDueAt), Cell(feed.lastError),
    ]
  }

  /// The feeds, and what is to be said of the database. A database that is away is a finding, no error.
  private static func look(_ address: DatabaseAddress) async -> (feeds: [FeedHealth], findings: [Finding]) {
    guard let settings = address.settings else { return ([], [address.finding]) }
    do {
      return try await Connection.with(settings) { connection in
        let facts = try await ServerFacts.read(through: connection, now: Pacing.system.now)
        let oldest = try await OldestSnapshot.read(through: connection)
        let findings = [
          .ok("database", "\(settings)"), Finding.clock(facts.clockDifference), Finding.oldestSnapshot(oldest),
        ]
        do { return (try await FeedHealth.read(through: connection), findings) } catch {
          return ([], findings + [.failed("schema", error)])
        }
      }
    } catch {
      return ([], [.failed("database", error)])
    }
  }
}

extension Finding {
  /// Beyond five minutes ahead the database refuses what was observed (SQLSTATE FX001); a minute is worth a look.
  static func clock(_ difference: Duration) -> Finding {
    let distance = Duration.microseconds(abs(difference.microseconds))
    let way = difference < .zero ? "behind" : "ahead of"
    if distance < .seconds(2) { return .ok("clock", "within 2 s of the database's") }
    let says = "this machine's clock is \(distance.inWords) \(way) the database's"
    let toDo = "set the wrong one, and keep both by NTP"
    if distance < .minutes(1) { return .warning("clock", says, toDo: toDo) }
    return .failed("clock", says, toDo: toDo, .later)
  }

  /// Small tables that are updated every second grow while an old snapshot is held.
  static func oldestSnapshot(_ snapshot: OldestSnapshot?) -> Finding {
    guard let snapshot else { return .ok("oldest snapshot", "nobody holds one, as far as this role may see") }
    let name = snapshot.application.isEmpty ? snapshot.role : snapshot.application
    let says = "process \(snapshot.processID) (\(name), \(snapshot.state)) for \(snapshot.age.inWords)"
    if snapshot.age < .hours(1) { return .ok("oldest snapshot", says) }
    return .warning(
      "oldest snapshot", says,
      toDo: "end it if nobody needs it: SELECT pg_terminate_backend(\(snapshot.processID)); the tables grow meanwhile")
  }
}
