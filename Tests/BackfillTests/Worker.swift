import FeedSupport
import Feeds
import Market
import Postgres
import Store
import Support
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
///   - another: makes one more.
func backfill(
  _ plan: Plan, _ feeds: TestFeeds, loaders: [Loader] = [], _ connection: Connection,
  another: (@Sendable () async throws -> Loader)? = nil
) async throws -> Backfill {
  let range = Window(
    from: try #require(plan.windows.map(\.from).min()), to: try #require(plan.windows.map(\.to).max()))
  let request = BackfillRequest(feed: plan.feed.id, text: "a test", range: range, mode: .all, plan: plan.identity)
  let ledger = try await BackfillLedger.begin(request, windows: plan.windows, through: connection)
  return Backfill(
    intake: try feeds.intake(plan.feed), loaders: loaders.isEmpty ? [try await loader(connection)] : loaders,
    ledger: ledger, pacing: feeds.clock.pacing, another: another)
}

let noon = "2025-12-01T12:00:00Z"

/// The half hours of a request's day as Elexon sends them, each with this price; `outside` leaves the day as it is.
func dayOfPrices(_ path: String, price: Double = 50, london: LondonClock) -> String {
  guard let date = SettlementDate(path.split(separator: "/").last.map(String.init) ?? "") else { return "{}" }
  let records = stride(from: date.periodCount(in: london), to: 0, by: -1).map { period in
    #"{"settlementDate":"\#(date)","settlementPeriod":\#(period),"systemSellPrice":\#(price),"#
      + #""netImbalanceVolume":-3.5,"createdDateTime":"2025-12-01T00:00:00Z"}"#
  }
  return #"{"data":[\#(records.joined(separator: ","))]}"#
}

/// Feeds of a source that has prices of every day.
func withPrices(_ body: (TestFeeds, LoopbackServer) async throws -> Void) async throws {
  let london = try TestFeeds.london()
  let server = try LoopbackServer { request, connection in
    connection.reply(dayOfPrices(request.path, london: london))
  }
  defer { server.stop() }
  try await body(try TestFeeds(server: server, clock: try TestClock(noon)), server)
}
