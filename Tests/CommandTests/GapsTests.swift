import Foundation
import Postgres
import Support
import Testing

extension Commands {
  @Suite struct `Gaps, listed, filled and accepted` {
    /// Three settlement days around the start of summer time: 48, 46 and 48 half hours.
    private static let range = "--from 2024-03-30 --to 2024-04-01"
    /// From April's mark to the words.
    private static let toWords = String(repeating: " ", count: 18)

    private func filled(_ feed: String, _ range: String, _ database: TestDatabase) async throws -> Stage {
      let stage = try await Stage.shared()
      let outcome = try await stage.shell(
        "\"$flux\" backfill \(feed) \(range)", changes: ["FLUX_DATABASE_URL": database.url])
      #expect(outcome.status == 0, "\(outcome.errors)")
      return stage
    }

    @Test func `What is lost is listed with its requests, and filled by exactly those`() async throws {
      try await TestDatabase.with { database in
        let stage = try await filled("elexon-system-price", Self.range, database)
        func gaps(_ options: String) async throws -> Outcome {
          try await stage.shell("\"$flux\" gaps \(options)", changes: ["FLUX_DATABASE_URL": database.url])
        }
        let range = Self.range
        let whole = try await gaps("imbalance_price \(range)")
        #expect(whole.status == 0 && whole.errors.contains("nothing is missing"), "\(whole.errors)")
        #expect(whole.lines.first == "imbalance_price: 142 of 142 half hours are here")
        #expect(whole.lines.contains("2024      █ █" + Self.toWords + "complete"), "\(whole.output)")

        try await Connection.with(try database.settings) { db async throws in
          try await db.execute(
            """
            DELETE FROM flux.market_data WHERE type = 3 AND "time" >= '2024-03-31Z' AND "time" < '2024-03-31 02:00Z';
            DELETE FROM flux_ops.coverage WHERE from_time = '2024-03-31Z'
            """)
        }
        let listed = try await gaps("imbalance_price \(range) --format json")
        let row = try #require(try listed.rows().first)
        #expect(try listed.rows().count == 1 && listed.status == 1, "\(listed.errors)")
        #expect(row["from"] as? String == "2024-03-31T00:00:00Z" && row["to"] as? String == "2024-03-31T02:00:00Z")
        #expect(row["first"] as? String == "2024-03-31 period 1" && row["kind"] as? String == "never fetched")
        #expect(row["half_hours"] as? Int == 4 && row["requests"] as? Int == 1 && row["reason"] is NSNull)
        let each = try await gaps("imbalance_price \(range) --each --format csv")
        #expect(each.lines.first == "signal,time,period,kind,reason" && each.cells.count == 4)
        #expect(each.column(2) == (1...4).map { "2024-03-31 period \($0)" })
        let people = try await gaps("imbalance_price \(range)")
        #expect(people.lines.contains("2024      ▇ █" + Self.toWords + "missing: Mar 4"), "\(people.output)")
        #expect(people.output.contains("--fill makes 1 request to elexon-system-price"))
        #expect(people.lines.filter { !$0.hasPrefix("SIGNAL") }.prefix(3).allSatisfy { $0.count <= 80 })

        let filling = try await gaps("imbalance_price \(range) --fill --format json")
        let done = try #require(try filling.rows().first)
        #expect(filling.status == 0 && done["windows"] as? Int == 1 && done["new"] as? Int == 4, "\(filling.errors)")
        #expect(filling.errors.contains("4 half hours were missing, 0 still are"), "\(filling.errors)")
        #expect(try await gaps("imbalance_price \(range)").status == 0)
        let idle = try await gaps("imbalance_price \(range) --fill")
        #expect(idle.status == 0 && idle.errors.contains("nothing to do"))

        let autumn = try await gaps("imbalance_price --from 2024-10-27 --to 2024-10-27 --format json").rows()
        #expect(autumn.map { $0["half_hours"] as? Int } == [50])
        let early = try await gaps("imbalance_price --from 2018-12-31 --to 2019-01-01 --format json").rows()
        #expect(early.map { $0["from"] as? String } == ["2019-01-01T00:00:00Z"], "the provider begins in 2019")
      }
    }

    @Test func `Half hours without trades are empty, and raise no alarm once they are accepted`() async throws {
      try await TestDatabase.with { database in
        let range = "--from 2024-01-01 --to 2025-06-30"
        let stage = try await filled("elexon-market-index", range, database)
        func gaps(_ options: String) async throws -> Outcome {
          try await stage.shell("\"$flux\" gaps \(options)", changes: ["FLUX_DATABASE_URL": database.url])
        }
        let present = try await Connection.with(try database.settings) { db async throws in
          try await db.query("SELECT count(*) FROM flux.market_data_current WHERE type = 2").read(0, 0, as: Int64.self)
        }
        let listed = try await gaps("wholesale_price \(range) --format json")
        let rows = try listed.rows()
        let missing = rows.reduce(0) { $0 + ($1["half_hours"] as? Int ?? 0) }
        // Summer time begins twice in these days and ends once.
        #expect(listed.status == 1 && missing > 0 && Int(present) + missing == (366 + 181) * 48 - 2, "\(missing)")
        #expect(rows.allSatisfy { $0["kind"] as? String == "empty" })
        func open() async throws -> Int64 {
          try await Connection.with(try database.settings) { db async throws in
            try await db.query("SELECT count(*) FROM flux.open_gaps WHERE type = 2 AND from_time < '2025-06-30 23:00Z'")
              .read(0, 0, as: Int64.self)
          }
        }
        #expect(try await open() == rows.count)

        let first = try #require(rows.first?["first"] as? String).prefix(10)
        let accepted = try await gaps("accept \(first) wholesale_price --reason 'no trades' --format json")
        let covered = try accepted.rows()
        #expect(accepted.status == 0 && covered.allSatisfy { $0["was"] as? String == "empty" }, "\(accepted.errors)")
        let left = try await gaps("wholesale_price \(range) --format json").rows()
        #expect(
          left.filter { $0["kind"] as? String == "accepted" }.map { $0["half_hours"] as? Int }
            == covered.map { $0["half_hours"] as? Int })
        #expect(left.count == rows.count)
        let again = try await gaps("accept \(first) wholesale_price --reason 'no trades'")
        #expect(again.status == 64 && again.errors.contains("nothing is missing there"))

        let all = try await gaps("accept 2024-01-01..2025-06-30 wholesale_price --reason 'no trades'")
        #expect(all.status == 0 || covered.count == rows.count, "\(all.errors)")
        let calm = try await gaps("wholesale_price \(range)")
        #expect(calm.status == 0 && calm.output.contains("\(missing) accepted"), "\(calm.output)")
        #expect(try await open() == 0)
      }
    }

    @Test func `What was refused says why, and what cannot be asked is a mistake`() async throws {
      try await TestDatabase.with { database in
        let stage = try await Stage.shared()
        let changes = ["FLUX_DATABASE_URL": database.url]
        _ = try await stage.shell(
          """
          "$flux" simulate --port 0 --seed 7 --faults 'text' >"$HOME/refusing" & simulator=$!
          tries=0
          until [ -s "$HOME/refusing" ] || [ $((tries += 1)) -gt 2400 ]; do sleep 0.05; done
          . "$HOME/refusing"
          "$flux" backfill elexon-system-price --from 2024-03-30 --to 2024-03-30
          kill $simulator; rm "$HOME/refusing"
          """, changes: changes)
        let listed = try await stage.run(
          "gaps", "imbalance_price", "--to", "2024-03-30", "--format", "json", changes: changes)
        let row = try #require(try listed.rows().first)
        #expect(try listed.rows().count == 1 && row["kind"] as? String == "rejected", "\(listed.output)")
        #expect(row["reason"] as? String == "systemSellPrice is text, not a number" && row["half_hours"] as? Int == 1)

        let mistakes = [
          (["gaps", "axle_dispatch"], "nothing of axle_dispatch can be missing"),
          (["gaps", "imbalance_prize"], "did you mean imbalance_price?"),
          (["gaps", "imbalance_price", "--fill", "--each"], "exclude each other"),
          (["gaps", "accept", "2024-03-30", "--reason", " "], "--reason is empty"),
          (["gaps", "accept", "2024-03-30T00:00:00Z", "--reason", "a"], "an instant is no range"),
          (["gaps", "accept", "2024-03-30..soon", "--reason", "a"], "write a date or a time"),
        ]
        for (words, says) in mistakes {
          let line = words.map { "'\($0)'" }.joined(separator: " ")
          let outcome = try await stage.shell("\"$flux\" \(line)", changes: changes)
          #expect(outcome.status == 64 && outcome.errors.contains(says), "\(line): \(outcome.errors)")
        }
        let unknown = try await stage.run("gaps", "niv_estimate", changes: changes)
        #expect(unknown.status == 0 && unknown.errors.contains("say since when with --from"), "\(unknown.errors)")
      }
    }
  }
}
