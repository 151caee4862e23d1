import Backfill
import Market
import Store

/// What came of backfills: rows on standard output, and what failed on standard error.
struct BackfillReport {
  struct Outcome: Sendable {
    let job: Int64
    /// Of this worker.
    let progress: Backfill.Progress
    /// How long the host's limit kept its calls waiting.
    let waited: Duration
    /// Of all workers.
    let failures: [BackfillJob.Failure]
  }

  private let london: LondonClock
  private var rows: RowWriter
  private var outcomes: [(feed: String, outcome: Outcome)] = []

  init(_ output: OutputOptions, _ london: LondonClock) {
    self.london = london
    rows = RowWriter(
      [
        "feed", "windows", "failed", "received", "new", "changed", "unchanged", "rejected", "flagged", "final",
        "limit_wait", "job",
      ], options: output, london: london)
  }

  /// - Parameter outcome: nil where nothing was to be done.
  mutating func add(_ feed: String, _ outcome: Outcome?, final: Int) {
    let progress = outcome?.progress
    for reject in progress?.rejects ?? [] { tell("rejected: \(reject)") }
    rows.write([
      .text(feed), .integer(progress?.windows ?? 0), .integer(outcome?.failures.count ?? 0),
      .integer(progress?.received ?? 0), .integer(progress?.new ?? 0), .integer(progress?.revised ?? 0),
      .integer(progress?.unchanged ?? 0),
      .integer(progress?.counts.rejected ?? 0), .integer(progress?.flagged ?? 0), .integer(final),
      outcome.map { .duration($0.waited) } ?? .null, outcome.map { .integer(Int($0.job)) } ?? .null,
    ])
    if let outcome { outcomes.append((feed, outcome)) }
  }

  private static let mostLines = 20

  /// - Returns: how to end where windows failed; nil where all went well.
  mutating func finish() -> ExitStatus? {
    rows.finish(none: "nothing to do")
    let failed = outcomes.filter { !$0.outcome.failures.isEmpty }
    for (feed, outcome) in failed {
      let count = counted(outcome.failures.count, "window")
      tell("\(count) failed; `flux-market backfill retry \(outcome.job)` asks for them again:")
      for failure in outcome.failures.prefix(Self.mostLines) {
        tell("  \(feed) \(failure.window.days(in: london)): \(failure.error)")
      }
      if outcome.failures.count > Self.mostLines { tell("  and \(outcome.failures.count - Self.mostLines) more") }
    }
    guard !failed.isEmpty else { return nil }
    // Of those that another worker met the words alone are known.
    let statuses = failed.flatMap { $0.outcome.progress.failures.map { ExitStatus(of: $0.error) ?? .remote } }
    return statuses.contains(.later) ? .later : statuses.first ?? .later
  }
}

extension Window {
  /// The settlement days that it touches: `2024-03-01`, `2024-03-01 to 2024-03-07`.
  func days(in london: LondonClock) -> String {
    let dates = settlementDates(in: london)
    guard let first = dates.first, let last = dates.last else { return "\(self)" }
    return first == last ? "\(first)" : "\(first) to \(last)"
  }
}
