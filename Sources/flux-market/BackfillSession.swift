import Backfill
import Feeds
import Fetch
import Intake
import Market
import Postgres
import Store

/// One feed's backfill, before it is begun.
struct PlannedBackfill: Sendable {
  let plan: Plan
  let request: BackfillRequest
  /// Windows of the range that are left out, since nothing can change them any more.
  let final: Int

  /// `elexon-system-price: 31 windows, 1488 half hours, at least 6 s at elexon's rate`.
  var words: String {
    let least = plan.leastTime.map { ", at least \($0.inWords) at \(plan.feed.host.id)'s rate" } ?? ""
    let rest = final == 0 ? "" : "; \(final) more are final"
    let (windows, periods) = (counted(plan.windows.count, "window"), counted(plan.periods, "half hour"))
    return "\(plan.feed.id): \(windows), \(periods)\(least)\(rest)"
  }
}

/// Plans backfills and carries them out, for each command that does.
struct BackfillSession: Sendable {
  private let settings: Settings
  /// For all that is small, the ledger's statements too.
  private let connection: Connection
  /// Each loads a part.
  private let loading: [Connection]
  /// For another where one is too slow; nil where it was said how many there are to be.
  private let more: ConnectionSettings?
  private let output: OutputOptions
  private let signals: [Signal]
  private let feeds: FeedSession

  /// - Parameters:
  ///   - connections: one, and one more for each that is to load.
  ///   - mayGrow: another connection is made where loading keeps reading waiting.
  init(
    settings: Settings, database: DatabaseAccess, through connections: [Connection], mayGrow: Bool = true,
    folder: String?, output: OutputOptions
  ) async throws {
    self.settings = settings
    connection = connections[0]
    loading = Array(connections.dropFirst())
    more = mayGrow ? database.settings : nil
    self.output = output
    signals = try await SignalTable.read(through: connection).signals
    feeds = try FeedSession(
      settings, folder: folder, signals: signals, calls: .backfill(database.settings),
      archive: try settings.archive(simulated: database.isSimulated) { tell($0) })
    try await feeds.recordSupplies(through: connection)
  }

  /// Two signals of one feed are one backfill.
  func plan(
    _ sources: [String], range: Window, mode: BackfillRequest.Mode = .missing, isNewestFirst: Bool = true
  ) async throws -> [PlannedBackfill] {
    var plans: [(plan: Plan, source: String)] = []
    for source in sources {
      let plan = try plan(for: source, range)
      if let choice = plan.choice { tell(choice) }
      if let place = plans.firstIndex(where: { $0.plan.feed.id == plan.feed.id }) {
        if plan.windows.count > plans[place].plan.windows.count { plans[place].plan = plan }
      } else {
        plans.append((plan, source))
      }
    }
    var planned: [PlannedBackfill] = []
    for (whole, source) in plans {
      let chosen = try await narrowed(whole, mode)
      let plan = isNewestFirst ? chosen : chosen.reversed
      let request = BackfillRequest(
        feed: plan.feed.id, text: "\(source), \(range.days(in: settings.london)), \(mode.rawValue)", range: range,
        mode: mode, isNewestFirst: isNewestFirst, plan: plan.identity)
      let final = mode == .missing ? whole.windows.count - plan.windows.count : 0
      planned.append(PlannedBackfill(plan: plan, request: request, final: final))
    }
    return planned
  }

  private func narrowed(_ plan: Plan, _ mode: BackfillRequest.Mode) async throws -> Plan {
    guard !plan.windows.isEmpty else { return plan }
    switch mode {
    case .all: return plan
    case .failed:
      let failed = try await BackfillJob.failedWindows(of: plan.feed.id, through: connection)
      return plan.keeping { failed.contains($0) }
    case .missing:
      return try await plan.leavingOutFinal(in: settings.london) { [connection] in
        let replies = try await FeedHistory.replies(of: plan.feed.id, in: $0, through: connection)
        let accepted = try await GapReader(connection: connection)
          .accepted(signals: plan.feed.signals.map(\.id), in: $0)
        return (replies, accepted)
      }
    }
  }

  private func plan(for source: String, _ range: Window) throws -> Plan {
    let london = settings.london
    if feeds.catalog[source] != nil {
      return Plan(feed: try feeds.feed(named: source), range: range, in: london)
    }
    guard let signal = signals.first(where: { $0.name == source }) else {
      throw UnknownName("signal or feed", source, known: signals.map(\.name) + feeds.catalog.feeds.map(\.id))
    }
    let available = feeds.available()
    guard
      let plan = Plan(
        signal: signal, range: range, available: available.on, now: Pacing.system.now(), in: london)
    else {
      let off = available.off.filter { $0.feed.signals.contains(signal) }
        .map { "\($0.feed.id) is off: \($0.reason)" }
      throw SettingError(
        description: "no feed supplies \(source)" + (off.isEmpty ? "" : "; " + off.joined(separator: "; ")))
    }
    return plan
  }

  /// What `--dry-run` prints: each window is one request, pages not counted.
  func print(_ planned: [PlannedBackfill]) {
    var rows = RowWriter(
      ["feed", "from", "to", "windows", "final", "observations", "least_time", "plan"], options: output,
      london: settings.london)
    for each in planned {
      rows.write([
        .text(each.plan.feed.id), Cell(each.plan.windows.map(\.from).min()), Cell(each.plan.windows.map(\.to).max()),
        .integer(each.plan.windows.count), .integer(each.final), .integer(each.plan.expectedObservations),
        each.plan.leastTime.map { .duration($0) } ?? .null, .text(each.request.plan),
      ])
    }
    rows.finish(none: "nothing to do")
  }

  /// - Parameter identities: of the plans that may be carried out; any where there are none.
  /// - Throws: ``UsageError`` where what a plan was made from has changed.
  func check(_ planned: [PlannedBackfill], are identities: [String]) async throws {
    guard !identities.isEmpty else { return }
    var plans: Set<String> = []
    for each in planned {
      // One that was begun is gone on with as it was planned.
      plans.insert(try await unended(each).first?.request.plan ?? each.request.plan)
    }
    guard plans != Set(identities) else { return }
    let now = planned.map { "\($0.plan.feed.id) is \($0.request.plan)" }.joined(separator: ", ")
    throw UsageError(
      description: "the plan is not the same any more: feeds, range or what is final has changed (\(now)); "
        + "look at it again with --dry-run")
  }

  private func unended(_ planned: PlannedBackfill) async throws -> [BackfillJob] {
    try await BackfillJob.read(unended: planned.request, through: connection)
  }

  /// - Returns: how to end where windows failed; nil where all went well.
  func run(_ planned: [PlannedBackfill]) async throws -> ExitStatus? {
    var report = BackfillReport(output, settings.london)
    for each in planned {
      if each.plan.windows.isEmpty, try await unended(each).isEmpty {
        tell(nothing(in: each))
        report.add(each.plan.feed.id, nil, final: each.final)
        continue
      }
      tell(each.words)
      try await work(on: each.plan.feed, final: each.final, &report) { [connection, loading] in
        try await BackfillLedger.begin(
          each.request, windows: each.plan.windows, through: connection, planThrough: loading[0])
      }
    }
    return report.finish()
  }

  private func nothing(in planned: PlannedBackfill) -> String {
    let feed = planned.plan.feed
    if planned.final > 0 { return "\(feed.id): all is final in that range; --all fetches it again" }
    if planned.request.mode == .failed { return "\(feed.id): nothing failed in that range" }
    let first = feed.covers.first.map { ": its provider's begin on \($0)" } ?? ""
    return "\(feed.id) has no values in that range\(first)"
  }

  /// Takes part in a backfill that was begun.
  ///
  /// - Throws: ``ExitStatus`` where windows failed, ``UsageError`` where it does not run.
  func join(_ id: Int64) async throws {
    let job = try await BackfillCommand.job(id, through: connection)
    guard job.state == .running else {
      throw UsageError(
        description: "backfill \(id) is \(job.state.rawValue): `flux-market backfill retry \(id)` goes on with it")
    }
    var report = BackfillReport(output, settings.london)
    try await work(on: try feeds.feed(named: job.request.feed), final: 0, &report) { [connection] in
      try await BackfillLedger.join(id, through: connection)
    }
    if let failed = report.finish() { throw failed }
  }

  private func work(
    on feed: Feed, final: Int, _ report: inout BackfillReport,
    _ begin: @escaping @Sendable () async throws -> BackfillLedger
  ) async throws {
    let intake = try feeds.intake(of: feed)
    let line = await BackfillLine(intake)
    let outcome: BackfillReport.Outcome
    do {
      outcome = try await untilInterrupted(meanwhile: { await line.run() }) { [connection, loading, more, feeds] in
        let source = "backfill \(feed.id)"
        async let begun = begin()
        var loaders: [Loader] = []
        for connection in loading { loaders.append(try await Loader(connection: connection, source: source)) }
        let ledger = try await begun
        if !ledger.isNew { tell("\(feed.id): goes on with backfill \(ledger.job)") }
        var another: (@Sendable () async throws -> Loader)?
        if let more {
          another = { try await Loader(connection: try await Connection.open(more), source: source) }
        }
        let backfill = Backfill(intake: intake, loaders: loaders, ledger: ledger, another: another)
        let progress = try await withTaskExecutorPreference(feeds.fetcher.executor) {
          try await backfill.run { line.note($0) }
        }
        let failures = try await BackfillJob.failures(of: ledger.job, through: connection)
        return BackfillReport.Outcome(
          job: ledger.job, progress: progress, waited: await line.waited, failures: failures)
      }
    } catch {
      await line.end()
      tell("\(feed.id): stopped; what is loaded stays, and the same command again goes on")
      throw error is CancellationError ? ExitStatus.later : error
    }
    await line.end(outcome.progress)
    report.add(feed.id, outcome, final: final)
  }
}
