import FeedSupport
import Feeds
import Market
import Postgres
import Store
import Testing

@testable import Backfill

func loader(_ connection: Connection) async throws -> Loader {
  try await Loader(connection: connection, source: "backfill test")
}

/// A worker of a backfill of all that is planned, begun or gone on with as the command does.
///
/// - Parameters:
///   - loaders: one through `connection` where none are named.
///   - connection: the ledger's, which its claims last as long as.
func backfill(
  _ plan: Plan, _ feeds: TestFeeds, loaders: [Loader] = [], _ connection: Connection
) async throws -> Backfill {
  let range = Window(
    from: try #require(plan.windows.map(\.from).min()), to: try #require(plan.windows.map(\.to).max()))
  let request = BackfillRequest(feed: plan.feed.id, text: "a test", range: range, mode: .all, plan: plan.identity)
  let ledger = try await BackfillLedger.begin(request, windows: plan.windows, through: connection)
  return Backfill(
    intake: try feeds.intake(plan.feed), loaders: loaders.isEmpty ? [try await loader(connection)] : loaders,
    ledger: ledger, pacing: feeds.clock.pacing)
}
