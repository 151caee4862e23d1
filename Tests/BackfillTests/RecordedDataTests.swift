import Backfill
import FeedSupport
import Feeds
import Foundation
import Market
import Postgres
import Simulator
import Store
import Support
import Testing

@Suite struct `The recorded years, through HTTP into the table` {
  static let folder = ProcessInfo.processInfo.environment["FLUX_RECORDED_DIR"]

  /// What the table holds of a signal.
  private struct Totals {
    let rows: Int64, sum: Double, least: Float, most: Float, negative: Int64, zero: Int64

    init(_ signal: Signal, _ connection: Connection) async throws {
      let reply = try await connection.query(
        """
        SELECT count(*), sum(value::double precision), min(value), max(value), count(*) FILTER (WHERE value < 0),
          count(*) FILTER (WHERE value = 0) FROM flux.market_data WHERE type = $1
        """, [.value(signal.id)])
      rows = try reply.read(0, 0)
      sum = try reply.read(0, 1)
      least = try reply.read(0, 2)
      most = try reply.read(0, 3)
      negative = try reply.read(0, 4)
      zero = try reply.read(0, 5)
    }
  }

  @Test(.enabled(if: folder != nil, "needs the recorded Portal files: set FLUX_RECORDED_DIR to their folder"))
  func `Six years of system prices and a year of market index add up to the real sums`() async throws {
    let recording = try Recording(folder: try #require(Self.folder))
    let clock = try TestClock("2025-12-01T12:00:00Z")
    try await TestFeeds.simulated(clock, { $0.recording = recording }) { feeds in
      try await TestDatabase.withConnection { connection in
        func run(_ id: String, _ first: String, _ last: String) async throws -> Backfill.Progress {
          let plan = Plan(feed: try feeds.feed(id), range: try feeds.days(first, last), in: feeds.london)
          return try await backfill(plan, feeds, connection).run { _ in }
        }
        let prices = try await run("elexon-system-price", "2019-01-01", "2025-06-01")
        #expect(prices.failures.isEmpty && prices.rejects.isEmpty && prices.inserted == 2 * 112_510)
        let price = try await Totals(.imbalancePrice, connection)
        #expect(price.rows == 112_510 && abs(price.sum - 10_390_834.243) < 0.5, "\(price)")
        #expect(price.least == -185.33 && price.most == 4_037.80 && price.negative == 3_246 && price.zero == 965)
        let volume = try await Totals(.nivOutturn, connection)
        #expect(volume.rows == 112_510 && abs(volume.sum - -790_427.992) < 0.5, "\(volume)")
        clock.advance(by: .hours(1))
        #expect(try await run("elexon-system-price", "2019-01-01", "2025-06-01").inserted == 0)

        let index = try await run("elexon-market-index", "2024-01-01", "2024-12-31")
        #expect(index.failures.isEmpty && index.rejects.isEmpty)
        let wholesale = try await Totals(.wholesalePrice, connection)
        #expect(wholesale.rows == 17_473 && abs(wholesale.sum - 1_242_719.846) < 0.1, "\(wholesale)")
        #expect(wholesale.least == -61.09 && wholesale.most == 369.52 && wholesale.negative == 494)
      }
    }
  }
}
