import Foundation
import Postgres
import Support
import Testing

extension Commands {
  @Suite struct `The commands for what a database keeps` {
    @Test func `A setting is changed, shown, and done`() async throws {
      let stage = try await Stage.shared()
      try await TestDatabase.with { database async throws in
        let changes: [String: String?] = ["FLUX_DATABASE_URL": database.url]
        let all = try await stage.run("db", "policies", "--format", "json", changes: changes)
        #expect(all.status == 0, "\(all.errors)")
        #expect(try all.rows().count == 9)
        let set = try await stage.run(
          "db", "policies", "set", "readings", "--keep", "2 days", "--format", "csv", changes: changes)
        #expect(set.status == 0 && set.cells.map { $0.prefix(3) } == [
          ["mg_bess_readings", "keep", "2 days"], ["mg_meter_readings", "keep", "2 days"],
        ], "\(set.errors)")
        try await Connection.with(try database.settings) { db async throws in
          try await db.execute(
            """
            INSERT INTO flux.mg_meter_readings ("time", device_id)
            SELECT now() - n * interval '1 day', gen_random_uuid() FROM generate_series(1, 9) n
            """)
        }
        let maintained = try await stage.run("db", "maintain", "--format", "json", changes: changes)
        #expect(maintained.status == 0, "\(maintained.errors)")
        let meters = try #require(try maintained.rows().first { $0["table"] as? String == "mg_meter_readings" })
        #expect(meters["deleted"] as? Int == (try await isTimescale(database) ? 0 : 8))
      }
    }

    @Test func `Market data go only where that is asked for twice`() async throws {
      let stage = try await Stage.shared()
      try await TestDatabase.with { database async throws in
        let changes: [String: String?] = ["FLUX_DATABASE_URL": database.url]
        let words = ["db", "policies", "set", "market_data", "--keep", "5 years"]
        let refused = try await stage.run(words[0], words[1], words[2], words[3], words[4], words[5], changes: changes)
        #expect(refused.status == 64 && refused.complaints.first?.contains("--drop-market-data") == true)
        let kept = try await stage.run("db", "policies", "--format", "csv", changes: changes)
        #expect(kept.cells.contains { $0.prefix(3) == ["market_data", "keep", "never"] })
        let asked = try await stage.run(
          words[0], words[1], words[2], words[3], words[4], words[5], "--drop-market-data", changes: changes)
        #expect(asked.status == 0 && asked.output.contains("5 years"))
      }
    }

    @Test func `What cannot be set is said, and is a mistake of use`() async throws {
      let stage = try await Stage.shared()
      try await TestDatabase.with { database async throws in
        let changes: [String: String?] = ["FLUX_DATABASE_URL": database.url]
        let none = try await stage.run("db", "policies", "set", "readings", changes: changes)
        #expect(none.status == 64)
        let table = try await stage.run("db", "policies", "set", "reading", "--keep", "1 year", changes: changes)
        #expect(table.status == 64 && table.complaints.first?.contains("there is no policy 'reading.keep'") == true)
        let length = try await stage.run("db", "policies", "set", "readings", "--keep", "soon", changes: changes)
        #expect(length.status == 64 && length.complaints.first?.contains("'soon' is no length of time") == true)
      }
    }

    @Test func `A refresh says what it did, or that there is nothing to do`() async throws {
      let stage = try await Stage.shared()
      try await TestDatabase.with { database async throws in
        let outcome = try await stage.run(
          "db", "refresh", "--from", "2026-03-01", "--to", "2026-03-02",
          changes: ["FLUX_DATABASE_URL": database.url])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output == (
          try await isTimescale(database)
            ? "refreshed: 2026-03-01T00:00:00Z to 2026-03-03T00:00:00Z\n"
            : "nothing to do: the roll-ups are ordinary views here, computed when they are read\n"))
      }
    }

    private func isTimescale(_ database: TestDatabase) async throws -> Bool {
      try await Connection.with(try database.settings) { db async throws in
        try await db.query("SELECT FROM pg_extension WHERE extname = 'timescaledb'").rowCount == 1
      }
    }
  }
}
