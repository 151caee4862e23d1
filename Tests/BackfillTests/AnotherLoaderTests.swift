import FeedSupport
import Market
import Postgres
import Store
import Support
import Synchronization
import Testing

@testable import Backfill

@Suite(.timeLimit(.minutes(3))) struct `A backfill whose loader cannot keep up` {
  @Test(arguments: [true, false])
  func `Asks for another once, and goes on with one where there is none`(isThere: Bool) async throws {
    try await withPrices { feeds, server in
      try await TestDatabase.with { database in
        let settings = try database.settings
        let range = try feeds.days("2021-01-01", "2025-06-01")
        let plan = Plan(feed: try feeds.feed("elexon-system-price"), range: range, in: feeds.london)
        let asked = Mutex(0)
        try await Connection.with(settings) { blocker in
          // Nobody can insert while this lock is held.
          try await blocker.execute("BEGIN; LOCK TABLE flux.market_data IN SHARE MODE")
          let (connection, ledger) = (try await Connection.open(settings), try await Connection.open(settings))
          let filling = try await backfill(plan, feeds, loaders: [try await loader(connection)], ledger) {
            asked.withLock { $0 += 1 }
            guard isThere else { throw PostgresError(.unavailable, "no connection is left") }
            return try await loader(try await Connection.open(settings))
          }
          async let outcome = filling.run { _ in }
          while asked.withLock({ $0 }) == 0 { try await Task.sleep(for: .milliseconds(20)) }
          // A second one's windows begin in the middle of what is left, which the first has not reached.
          while isThere, !server.requests.contains(where: { $0.path.contains("/2022-") }) {
            try await Task.sleep(for: .milliseconds(20))
          }
          try await blocker.execute("ROLLBACK")
          let progress = try await outcome
          #expect(progress.failures.isEmpty)
          #expect(progress.read == plan.windows.count && progress.loaded == plan.windows.count)
          #expect(progress.inserted == 2 * range.halfHours && progress.overtaken == 0)
          #expect(asked.withLock { $0 } == 1)
          await connection.close()
          await ledger.close()
        }
      }
    }
  }

  @Test func `Asks for none where it does`() async throws {
    let clock = try TestClock(noon)
    try await TestFeeds.simulated(clock) { feeds in
      try await TestDatabase.withConnection { connection in
        let range = try feeds.days("2025-10-01", "2025-11-20")
        let plan = Plan(feed: try feeds.feed("elexon-system-price"), range: range, in: feeds.london)
        let filling = try await backfill(plan, feeds, connection) {
          Issue.record("another loader was asked for")
          return try await loader(connection)
        }
        #expect(try await filling.run { _ in }.inserted == 2 * range.halfHours)
      }
    }
  }
}
