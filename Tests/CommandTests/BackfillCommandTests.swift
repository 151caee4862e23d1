import Foundation
import Postgres
import Support
import Testing

extension Commands {
  @Suite struct `Backfills that are stopped, shared and repeated` {
    private static let isLong = ProcessInfo.processInfo.environment["FLUX_LONG_TESTS"] != nil
    private static let year = "elexon-system-price --from 2023-03-01 --to 2024-02-29 --all"

    /// What a database holds, whenever it was learnt.
    private func contents(_ database: TestDatabase) async throws -> String {
      try await Connection.with(try database.settings) { connection in
        try await connection.query(
          "SELECT count(*) || ' ' || sum(hashtextextended(row(time, type, value)::text, 0)) FROM flux.market_data"
        ).read(0, 0)
      }
    }

    @Test func `Killed at any moment and repeated, it loads the same table`() async throws {
      let stage = try await Stage.shared()
      let whole = try await TestDatabase.with { database in
        let outcome = try await stage.shell(
          "\"$flux\" backfill \(Self.year)", changes: ["FLUX_DATABASE_URL": database.url])
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try await contents(database)
      }
      #expect(whole.hasPrefix("\(2 * 366 * 48) "))
      for _ in 1...(Self.isLong ? 7 : 1) {
        try await TestDatabase.with { database in
          let moments = (1...3).map { _ in String(Double.random(in: 0.3..<3)) }
          let outcome = try await stage.shell(
            """
            for moment in \(moments.joined(separator: " ")); do
              timeout --signal=KILL $moment "$flux" backfill \(Self.year) >/dev/null
            done
            exec "$flux" backfill \(Self.year) --format json
            """, changes: ["FLUX_DATABASE_URL": database.url])
          #expect(outcome.status == 0, "after \(moments): \(outcome.errors)")
          #expect(try await contents(database) == whole, "killed after \(moments)")
          #expect(try outcome.rows().first?["failed"] as? Int == 0)
        }
      }
    }

    /// A simulator whose every reply takes 200 ms, and feeds of which each process asks four at once.
    ///
    /// - Parameters:
    ///   - rate: of Elexon, calls a minute; the simulator refuses what is more than that and a burst.
    ///   - processes: that are told the same at once.
    /// - Returns: milliseconds that they took, and how many calls the simulator refused.
    private func slowly(
      _ words: String, rate: Int, processes: Int, into database: TestDatabase
    ) async throws -> (took: Int, refused: Int) {
      let outcome = try await Stage.shared().shell(
        """
        folder=$(mktemp -d)
        cp -r \(TestDatabase.repository)/feeds $folder/feeds && sed -i 's/at once: 8/at once: 4/' $folder/feeds/hosts.yaml
        "$flux" simulate --port 0 --seed 7 --faults slow=200ms --limit elexon=\(rate + rate / 60 + 10) \\
          --ledger $folder/ledger >$folder/env & simulator=$!
        tries=0
        until [ -s $folder/env ] || [ $((tries += 1)) -gt 2400 ]; do sleep 0.05; done
        . $folder/env; export FLUX_HOST_ELEXON_RATE=\(rate)
        begun=$(date +%s%N)
        for process in $(seq \(processes)); do
          "$flux" backfill \(words) --feeds $folder/feeds >/dev/null & workers="$workers $!"
        done
        status=0
        for worker in $workers; do wait $worker || status=$?; done
        echo $((($(date +%s%N) - begun) / 1000000)) $(grep -c '"limited":true' $folder/ledger)
        kill $simulator; rm -r $folder; exit $status
        """, changes: ["FLUX_DATABASE_URL": database.url], seconds: 180)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let counts = try #require(outcome.lines.last).split(separator: " ").compactMap { Int($0) }
      try #require(counts.count == 2, "\(outcome.output)")
      return (counts[0], counts[1])
    }

    @Test(.enabled(if: isLong, "takes minutes: scripts/test --long"))
    func `Two processes do one job in little more than half the time of one, at the rate of one`() async throws {
      let words = "elexon-system-price --from 2021-01-01 --to 2022-12-31 --all"
      let (alone, table) = try await TestDatabase.with { database in
        (try await slowly(words, rate: 6_000, processes: 1, into: database), try await contents(database))
      }
      try await TestDatabase.with { database in
        let both = try await slowly(words, rate: 6_000, processes: 2, into: database)
        #expect(try await contents(database) == table)
        print("two years by one process in \(alone.took) ms, by two in \(both.took) ms")
        #expect(both.took * 10 <= alone.took * 6 && alone.refused == 0 && both.refused == 0)
        // For longer than the simulator counts back, at a fifth of what the two could call.
        let slow = try await slowly(words, rate: 480, processes: 2, into: database)
        #expect(slow.refused == 0 && slow.took > 60_000, "\(slow)")
        #expect(try await contents(database) == table)
      }
    }

    @Test func `Ctrl-C ends it at once, and others go on with it`() async throws {
      let stage = try await Stage.shared()
      try await TestDatabase.with { database in
        // Its next call is ten seconds away.
        var changes: [String: String?] = ["FLUX_DATABASE_URL": database.url, "FLUX_HOST_ELEXON_RATE": "6"]
        let stopped = try await stage.shell(
          """
          "$flux" backfill elexon-system-price --from 2024-02-01 --to 2024-03-31 & backfill=$!
          tries=0
          until [ "$(psql -XAt "$FLUX_DATABASE_URL" -c "SELECT count(*) > 0 FROM flux_ops.backfill_window
              WHERE state = 'claimed'")" = t ] || [ $((tries += 1)) -gt 2400 ]; do sleep 0.05; done
          \(Stage.untilCaught(2, by: "$backfill"))
          sleep 1; begun=$(date +%s%N); kill -INT $backfill; wait $backfill; status=$?
          echo $((($(date +%s%N) - begun) / 1000000)); exit $status
          """, changes: changes)
        #expect(stopped.status == 75, "\(stopped.errors)")
        #expect(try #require(Int(stopped.lines.last ?? "")) < 5_000)
        #expect(stopped.errors.contains("stopped; what is loaded stays, and the same command again goes on"))
        changes["FLUX_HOST_ELEXON_RATE"] = "unlimited"
        let listed = try await stage.run("backfill", "list", "--format", "json", changes: changes).rows()
        let job = try #require(listed.first?["job"] as? Int)
        #expect(listed.count == 1 && listed[0]["state"] as? String == "running" && listed[0]["windows"] as? Int == 60)
        let joined = try await stage.run("backfill", "--join", "\(job)", "--format", "json", changes: changes)
        #expect(joined.status == 0 && joined.errors.contains("goes on with backfill \(job)"), "\(joined.errors)")
        let shown = try await stage.run("backfill", "show", "\(job)", "--format", "json", changes: changes).rows()
        #expect(shown.first?["state"] as? String == "ended" && shown.first?["done"] as? Int == 60)
        let over = try await stage.run("backfill", "--join", "\(job)", changes: changes)
        #expect(over.status == 64 && over.errors.contains("backfill retry \(job)"))
        let cancelled = try await stage.run("backfill", "cancel", "\(job)", changes: changes)
        #expect(cancelled.status == 64 && cancelled.errors.contains("it is ended"))
        #expect(try await stage.run("backfill", "show", "4711", changes: changes).status == 64)
      }
    }

    @Test func `A dry run tells what is run, and a plan that has changed is refused`() async throws {
      let stage = try await Stage.shared()
      try await TestDatabase.with { database in
        func backfill(_ more: String) async throws -> Outcome {
          try await stage.shell(
            "\"$flux\" backfill imbalance_price --from 2024-03-28 --to 2024-04-03 --format json \(more)",
            changes: ["FLUX_DATABASE_URL": database.url])
        }
        let dry = try #require(try await backfill("--dry-run").rows().first)
        let plan = try #require(dry["plan"] as? String)
        #expect(dry["windows"] as? Int == 7 && dry["observations"] as? Int == 2 * (7 * 48 - 2))
        let list = try await stage.run(
          "backfill", "list", "--format", "json", changes: ["FLUX_DATABASE_URL": database.url])
        #expect(try list.rows().isEmpty)
        let run = try #require(try await backfill("--plan \(plan)").rows().first)
        #expect(run["windows"] as? Int == 7 && run["received"] as? Int == dry["observations"] as? Int)
        // What it was made from is final now.
        let again = try await backfill("--plan \(plan)")
        #expect(again.status == 64 && again.errors.contains("the plan is not the same any more"), "\(again.errors)")

        // Rows deleted behind its back are final still, and come back when all is asked for.
        try await Connection.with(try database.settings) { connection in
          try await connection.execute("DELETE FROM flux.market_data WHERE time < '2024-03-30'")
        }
        let skipped = try #require(try await backfill("").rows().first)
        #expect(skipped["windows"] as? Int == 0 && skipped["final"] as? Int == 7)
        let refetched = try #require(try await backfill("--refetch").rows().first)
        #expect(refetched["new"] as? Int == 2 * 96 && refetched["windows"] as? Int == 7)
      }
    }

    @Test(arguments: [
      "imbalance_price", "--from 1d", "imbalance_price --from 1d --last 2d", "imbalance_price --from 1d --all --failed",
      "imbalance_price --join 1",
    ])
    func `What cannot be meant is refused before anything is asked`(_ words: String) async throws {
      let outcome = try await Stage.shared().shell("\"$flux\" backfill \(words)")
      #expect(outcome.status == 64 && outcome.complaints.count == 1, "\(outcome.errors)")
    }
  }
}
