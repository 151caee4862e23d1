import Backfill
import Feeds
import Intake
import Market
import Store

/// Asks for what is missing, and loads it.
struct GapFilling {
  let session: FeedSession
  let database: DatabaseAccess

  /// - Returns: how to end where windows failed; nil where all were answered.
  /// - Throws: what `Backfill.run` does; what is loaded by then stays, and the same command again goes on.
  func run(_ plans: [Plan], output: OutputOptions) async throws -> ExitStatus? {
    var rows = RowWriter(
      ["feed", "requests", "failed", "received", "new", "unchanged", "rejected"], options: output,
      london: session.london)
    var failed: ExitStatus?
    for plan in plans {
      let progress = try await carryOut(plan)
      for failure in progress.failures.prefix(20) { tell("failed: \(plan.feed.id) \(failure.window): \(failure.error)") }
      if failed == nil { failed = progress.failures.first.map { ExitStatus(of: $0.error) ?? .remote } }
      rows.write([
        .text(plan.feed.id), .integer(progress.windows), .integer(progress.failures.count),
        .integer(progress.received), .integer(progress.inserted), .integer(progress.unchanged),
        .integer(progress.counts.rejected),
      ])
    }
    rows.finish(none: "nothing to ask for")
    return failed
  }

  private func carryOut(_ plan: Plan) async throws -> Backfill.Progress {
    let line = ProgressLine(plan.feed.id)
    defer { line.end() }
    return try await database.with { connection in
      let loader = try await Loader(connection: connection, source: "backfill \(plan.feed.id)")
      return try await Backfill(plan, intake: try session.intake(of: plan.feed), loaders: [loader])
        .run { line.show($0) }
    }
  }
}
