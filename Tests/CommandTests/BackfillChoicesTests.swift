import Foundation
import Postgres
import Support
import Testing

extension Commands {
  @Suite struct `A backfill as it is told to run` {
    private static let days = "elexon-system-price --from 2024-02-01 --to 2024-02-04"

    /// A backfill at a terminal that somebody answers; what the terminal showed is told as its errors.
    private func atTerminal(_ words: String, answer: String, _ changes: [String: String?]) async throws -> Outcome {
      try await Stage.shared().shell(
        """
        rows=$(mktemp)
        printf '%s\\n' '\(answer)' |
          script --quiet --return --command '"$flux" backfill \(words) --format json >'$rows /dev/null >&2
        status=$?; cat $rows; rm $rows; exit $status
        """, changes: changes)
    }

    /// The days of the newest backfill's windows, in the plan's order.
    private func planned(_ database: TestDatabase) async throws -> [String] {
      try await Connection.with(try database.settings) { connection in
        let reply = try await connection.query(
          """
          SELECT (from_time AT TIME ZONE 'Europe/London')::date::text FROM flux_ops.backfill_window
          WHERE job = (SELECT max(id) FROM flux_ops.backfill_job) ORDER BY number
          """)
        return try reply.map { (rows, row) throws(PostgresError) in try rows.read(row, 0) }
      }
    }

    @Test func `At a terminal it shows the plan and asks, and begins nothing where the answer is no`() async throws {
      try await TestDatabase.with { database in
        let changes: [String: String?] = ["FLUX_DATABASE_URL": database.url]
        for answer in ["n", "No"] {
          let refused = try await atTerminal(Self.days, answer: answer, changes)
          #expect(refused.status == 0 && refused.output.isEmpty, "\(refused.output)\(refused.errors)")
          #expect(refused.errors.contains("elexon-system-price: 4 windows, 192 half hours"), "\(refused.errors)")
          #expect(refused.errors.contains("Begin? [Y/n]") && refused.errors.contains("not begun"))
        }
        #expect(try await planned(database).isEmpty)
        let begun = try await atTerminal(Self.days, answer: "y", changes)
        #expect(begun.status == 0 && begun.errors.contains("Begin? [Y/n]"), "\(begun.errors)")
        #expect(try begun.rows().first?["windows"] as? Int == 4 && begun.rows().first?["new"] as? Int == 384)
        #expect(try await planned(database) == (1...4).reversed().map { "2024-02-0\($0)" })
        // Where nothing is to be done nothing is asked, and where --yes is said neither.
        let idle = try await atTerminal(Self.days, answer: "n", changes)
        #expect(idle.status == 0 && !idle.errors.contains("Begin?") && idle.errors.contains("all is final"))
        let told = try await atTerminal(Self.days + " --all --yes", answer: "n", changes)
        #expect(told.status == 0 && !told.errors.contains("Begin?"), "\(told.errors)")
        #expect(try told.rows().first?["unchanged"] as? Int == 384, "\(told.errors)")
      }
    }

    @Test func `What its host's limit costs is in its line while it waits, and in its report`() async throws {
      try await TestDatabase.with { database in
        var changes: [String: String?] = ["FLUX_DATABASE_URL": database.url, "FLUX_HOST_ELEXON_RATE": "60"]
        let slow = try await atTerminal(Self.days + " --yes", answer: "", changes)
        #expect(slow.status == 0, "\(slow.errors)")
        // One call a second: the line says so, and what is left takes no less.
        #expect(slow.errors.contains("left, waiting for elexon's limit"), "\(slow.errors)")
        let row = try #require(try slow.rows().first)
        #expect(try #require(row["limit_wait"] as? Int) >= 1, "\(row)")
        changes["FLUX_HOST_ELEXON_RATE"] = "unlimited"
        let fast = try await Stage.shared().shell(
          "\"$flux\" backfill \(Self.days) --all --format json", changes: changes)
        #expect(try fast.rows().first?["limit_wait"] as? Int == 0 && !fast.errors.contains("limit"), "\(fast.errors)")
      }
    }

    @Test func `The oldest days come first where they are to`() async throws {
      try await TestDatabase.with { database in
        let outcome = try await Stage.shared().shell(
          "\"$flux\" backfill \(Self.days) --oldest-first --format json", changes: ["FLUX_DATABASE_URL": database.url])
        #expect(try outcome.rows().first?["new"] as? Int == 384, "\(outcome.errors)")
        #expect(try await planned(database) == (1...4).map { "2024-02-0\($0)" })
      }
    }

    @Test func `Only what failed before is asked for, until it has been fetched`() async throws {
      try await TestDatabase.with { database in
        let stage = try await Stage.shared()
        let changes: [String: String?] = ["FLUX_DATABASE_URL": database.url]
        let failed = try await stage.shell(
          """
          "$flux" simulate --port 0 --faults 'status=404' >"$HOME/refusing" & simulator=$!
          tries=0
          until [ -s "$HOME/refusing" ] || [ $((tries += 1)) -gt 2400 ]; do sleep 0.05; done
          . "$HOME/refusing"
          "$flux" backfill elexon-system-price --from 2024-02-02 --to 2024-02-03; status=$?
          kill $simulator; rm "$HOME/refusing"; exit $status
          """, changes: changes)
        #expect(failed.status == 76 && failed.errors.contains("2 windows failed; `flux-market backfill retry"))
        #expect(failed.errors.contains("elexon-system-price 2024-02-03: "), "\(failed.errors)")
        func retried() async throws -> Outcome {
          try await stage.shell("\"$flux\" backfill \(Self.days) --failed --format json", changes: changes)
        }
        let again = try await retried()
        let row = try #require(try again.rows().first)
        #expect(again.status == 0 && row["windows"] as? Int == 2 && row["new"] as? Int == 192, "\(again.errors)")
        #expect(try await planned(database) == ["2024-02-03", "2024-02-02"])
        let idle = try await retried()
        #expect(idle.status == 0 && idle.errors.contains("nothing failed in that range"), "\(idle.errors)")
        #expect(try idle.rows().first?["windows"] as? Int == 0)
      }
    }
  }
}
