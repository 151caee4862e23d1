import Market
import Postgres
import Store
import Support
import Testing

@testable import Collector

@Suite(.timeLimit(.minutes(5))) struct `A feed's connection` {
  private func batch(of count: Int) throws -> Batch {
    let newest = try #require(Instant("2025-11-20T00:00:00Z"))
    var batch = Batch(feed: "elexon-system-price", window: nil, observedAt: newest.advanced(by: .hours(1)))
    batch.observations = (0..<count).map {
      Observation(time: newest.advanced(by: .minutes(-30) * $0), signal: 3, value: Float($0))
    }
    return batch
  }

  private func sessions(_ connection: Connection) async throws -> Int64 {
    try await connection.query(
      """
      SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
      """
    ).read(0, 0, as: Int64.self)
  }

  @Test func `Is kept from load to load, but for one as large as a history, whose room it would keep`() async throws {
    try await TestDatabase.with { database in
      let link = LoaderLink(try database.settings, feed: "elexon-system-price")
      try await Connection.with(try database.settings) { connection in
        let others = try await sessions(connection)
        #expect(try await link.load(try batch(of: 1)).inserted == 1)
        #expect(try await sessions(connection) == others + 1)
        #expect(try await link.load(try batch(of: 20_001)).inserted == 20_000)
        while try await sessions(connection) > others { await Task.yield() }
        #expect(try await link.load(try batch(of: 20_000)).unchanged == 20_000)
        #expect(try await sessions(connection) == others + 1)
      }
      await link.close()
    }
  }
}
