import Foundation
import Postgres
import Support
import Testing

extension Commands {
  @Suite struct `Backfill, latest and history` {
    /// A week with the clock change of 31 March 2024, published and revised long ago.
    private static let periods = 7 * 48 - 2

    /// The week's prices, in the database of simulated values.
    private func filled() async throws -> Stage {
      let stage = try await Stage.shared()
      let outcome = try await stage.run(
        "backfill", "elexon-system-price", "--from", "2024-03-28", "--to", "2024-04-03", "--simulated")
      #expect(outcome.status == 0, "\(outcome.errors)")
      return stage
    }

    @Test func `A signal picks its feed, once is enough, and standard output is data alone`() async throws {
      try await TestDatabase.with { database in
        let stage = try await Stage.shared()
        func backfill(_ names: String) async throws -> Outcome {
          try await stage.shell(
            "\"$flux\" backfill \(names) --from 2024-03-28 --to 2024-04-03 --format json",
            changes: ["FLUX_DATABASE_URL": database.url])
        }
        let first = try await backfill("imbalance_price niv_outturn")
        #expect(first.status == 0)
        #expect(first.errors.contains("elexon-system-price supplies imbalance_price"))
        let row = try #require(try first.rows().first)
        #expect(try first.rows().count == 1)
        #expect(row["feed"] as? String == "elexon-system-price" && row["windows"] as? Int == 7)
        #expect(row["received"] as? Int == 2 * Self.periods && row["new"] as? Int == 2 * Self.periods)
        // Published and revised long ago, it is final.
        let again = try #require(try await backfill("elexon-system-price").rows().first)
        #expect(again["windows"] as? Int == 0 && again["final"] as? Int == 7 && again["received"] as? Int == 0)
        let all = try #require(try await backfill("elexon-system-price --all").rows().first)
        #expect(all["new"] as? Int == 0 && all["unchanged"] as? Int == 2 * Self.periods && all["windows"] as? Int == 7)
        // One value was never known, another was known otherwise before.
        try await Connection.with(try ConnectionSettings(database.url)) { connection in
          _ = try await connection.execute(
            """
            DELETE FROM flux.market_data WHERE type = 3 AND "time" = '2024-04-01 12:00Z';
            UPDATE flux.market_data SET value = value + 1, created_at = created_at - interval '1 hour'
            WHERE type = 3 AND "time" = '2024-04-01 12:30Z'
            """)
        }
        let mended = try await backfill("elexon-system-price --all")
        let counts = try #require(try mended.rows().first)
        #expect(counts["new"] as? Int == 1 && counts["changed"] as? Int == 1, "\(mended.output)")
        #expect(counts["unchanged"] as? Int == 2 * Self.periods - 2)
        #expect(mended.errors.contains("1 new, 1 changed, \(2 * Self.periods - 2) unchanged"), "\(mended.errors)")
        let jobs = try await stage.run("backfill", "list", "--format", "json", changes: ["FLUX_DATABASE_URL": database.url])
        #expect(try jobs.rows().first?["changed"] as? Int == 1)

        let latest = try await stage.run("latest", "--format", "csv", changes: ["FLUX_DATABASE_URL": database.url])
        #expect(latest.lines.first?.hasPrefix("signal,value,unit,period,time,age,observed_at,state,") == true)
        #expect(latest.column(0) == ["imbalance_price", "niv_outturn"])
        #expect(latest.column(3).allSatisfy { $0 == "2024-04-03 period 48" })
        #expect(latest.column(4).allSatisfy { $0 == "2024-04-03T22:30:00Z" })
      }
    }

    @Test func `History has every half hour of a clock change, by either clock`() async throws {
      let stage = try await filled()
      let utc = try await stage.run(
        "history", "imbalance_price", "--from", "2024-03-31", "--to", "2024-03-31", "--format", "csv", "--simulated")
      #expect(utc.errors == "SIMULATED: made-up values, from a database of their own\n")
      #expect(utc.lines.first == "time,date,period,signal,value,unit,observed_at,metadata")
      try #require(utc.cells.count == 46)
      #expect(utc.cells[2].prefix(4) == ["2024-03-31T01:00:00Z", "2024-03-31", "3", "imbalance_price"])
      // As few digits as name the value.
      let values = utc.column(4)
      #expect(values.allSatisfy { Float($0) != nil && $0.count <= 9 && !$0.hasSuffix(".0") })
      let london = try await stage.run(
        "history", "imbalance_price", "--from", "2024-03-31", "--to", "2024-03-31", "--format", "jsonl", "--zone",
        "Europe/London", "--simulated")
      let rows = try london.lines.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
      try #require(rows.count == 46)
      #expect(rows[1]?["time"] as? String == "2024-03-31T00:30:00+00:00")
      #expect(rows[2]?["time"] as? String == "2024-03-31T02:00:00+01:00")
      #expect(rows[2]?["metadata"] is NSNull && rows[2]?["unit"] as? String == "£/MWh")
      #expect((rows[2]?["value"] as? NSNumber)?.floatValue == Float(values[2]))
    }

    @Test func `The ends of a range are days, included, or instants, of which the last is excluded`() async throws {
      let stage = try await filled()
      func times(_ from: String, _ to: String) async throws -> [String] {
        try await stage.run(
          "history", "niv_outturn", "--from", from, "--to", to, "--format", "csv", "--simulated"
        ).column(0)
      }
      let days = try await times("2024-04-01", "2024-04-02")
      #expect(days.first == "2024-03-31T23:00:00Z" && days.last == "2024-04-02T22:30:00Z" && days.count == 96)
      let instants = try await times("2024-04-01T10:00:00Z", "2024-04-01T12:00:00+01:00")
      #expect(instants == ["2024-04-01T10:00:00Z", "2024-04-01T10:30:00Z"])
    }

    @Test func `Nothing to print is said on standard error, and the data are an empty document`() async throws {
      let outcome = try await Stage.shared().run(
        "history", "imbalance_price", "--from", "2018-01-01", "--to", "2018-01-02", "--format", "json", "--simulated")
      let rows = try outcome.rows()
      #expect(outcome.status == 0 && rows.isEmpty)
      #expect(outcome.errors.contains("no values of imbalance_price in 2018-01-01T00:00:00Z to 2018-01-03T00:00:00Z"))
    }

    @Test func `A preview prints what a feed yields and loads nothing`() async throws {
      let stage = try await Stage.shared()
      let outcome = try await stage.run(
        "feeds", "preview", "elexon-system-price", "--date", "2023-10-29", "--format", "json")
      let rows = try outcome.rows()
      #expect(outcome.status == 0 && rows.count == 100)
      #expect(outcome.errors.contains("elexon-system-price: 50 records, 100 observations; arrived"))
      #expect(try await stage.run(
        "history", "niv_outturn", "--from", "2023-10-29", "--to", "2023-10-29", "--format", "csv").cells.isEmpty)
      // Without a database, and without making one.
      let alone = stage.folder + "/untouched"
      let schedule = try await stage.run(
        "feeds", "preview", "axle-battery-schedule", "--format", "json", changes: ["FLUX_STATE_DIR": alone])
      #expect(schedule.status == 0)
      #expect(try schedule.rows().allSatisfy { $0["signal"] as? String == "axle_dispatch" })
      #expect(try schedule.rows().allSatisfy { $0["unit"] as? String == "kW" })
      #expect(!FileManager.default.fileExists(atPath: alone))
    }
  }
}
