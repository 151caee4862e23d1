import Market
import Postgres
import Store
import Support
import Testing

@Suite struct `A holder that was paused` {
  private let noon = Instant(seconds: 1_774_785_600)

  private func reply(_ value: Float, minutes: Int, _ window: Window) -> Batch {
    var batch = Batch(feed: "test-feed", window: window, observedAt: noon.advanced(by: .minutes(minutes)))
    batch.observations = [Observation(time: window.from, signal: 3, value: value)]
    return batch
  }

  @Test func `Loads what it saw, is told of a later reply, and asked again the newest is in force`() async throws {
    try await TestDatabase.with { database in
      let window = Window(from: noon, to: noon.advanced(by: .minutes(30)))
      func loader() async throws -> (Loader, Connection) {
        let connection = try await Connection.open(try database.settings)
        return (try await Loader(connection: connection, source: "collect test-feed"), connection)
      }
      let (paused, first) = try await loader()
      let (successor, second) = try await loader()
      #expect(try await paused.load([reply(5, minutes: 60, window)]).inserted == 1)
      // It has fetched 7 and is paused; the next holder finds 5 unchanged, which leaves no row.
      let late = reply(7, minutes: 61, window)
      #expect(try await successor.load([reply(5, minutes: 62, window)]).inserted == 0)
      let counts = try await paused.load([late])
      #expect(counts.inserted == 1 && counts.overtaken == [window])
      #expect(try await current(first) == 7, "so far the older value is in force")
      let again = try await paused.load([reply(5, minutes: 63, window)])
      #expect(again.inserted == 1 && again.overtaken == [])
      #expect(try await current(second) == 5)
      #expect(try await history(second) == [5, 7, 5], "and no version is lost")
      await first.close()
      await second.close()
    }
  }

  private func current(_ db: Connection) async throws -> Float {
    try await db.query("SELECT value FROM flux.market_data_current WHERE type = 3").read(0, 0)
  }

  private func history(_ db: Connection) async throws -> [Float] {
    try await db.query("SELECT value FROM flux.market_data WHERE type = 3 ORDER BY created_at")
      .map { rows, row throws(PostgresError) in try rows.read(row, 0) }
  }
}
