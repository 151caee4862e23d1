import Foundation
import Postgres
import Support
import Testing

extension Commands {
  @Suite struct `Import of files` {
    /// Lends a database, and a folder for files that goes with it; `$dir` in the shell.
    private func withDatabase(
      _ body: (TestDatabase, _ folder: String, _ shell: (String) async throws -> Outcome) async throws -> Void
    ) async throws {
      let stage = try await Stage.shared()
      let folder = FileManager.default.temporaryDirectory.appending(path: "flux-import-\(UUID().uuidString)").path()
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
      defer { try? FileManager.default.removeItem(atPath: folder) }
      try await TestDatabase.with { database async throws in
        try await body(database, folder) {
          try await stage.shell($0, changes: ["FLUX_DATABASE_URL": database.url, "dir": folder])
        }
      }
    }

    private func query(_ sql: String, _ database: TestDatabase) async throws -> [String] {
      try await Connection.with(try database.settings) { db in
        try await db.query(sql, format: .text).map { (rows, row) throws(PostgresError) in try rows.read(row, 0) }
      }
    }

    private static let contents = """
      SELECT concat_ws(' ', "time", type, float4send(value), coalesce(metadata::text, 'NULL'), created_at)
      FROM flux.market_data ORDER BY "time", type, created_at
      """

    /// So many readings, 20 of a battery in an hour.
    private func readings(_ count: Int) -> String {
      "time,device_id,soe\n"
        + (0..<count).map { number in
          let (hour, minute) = (number / 20 % 24, number % 20 * 3)
          let (day, device) = (number / 480 % 28 + 1, number / 13_440)
          func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
          let time = "2026-02-\(two(day))T\(two(hour)):\(two(minute)):00Z"
          return "\(time),123e4567-e89b-12d3-a456-4266141740\(two(device)),50\n"
        }.joined()
    }

    @Test(arguments: ["csv", "jsonl", "csv --zone Europe/London"])
    func `Every revision that history writes comes back the same, and a second time nothing is new`(
      _ format: String
    ) async throws {
      try await withDatabase { source, _, fromSource async throws in
        _ = try await query(
          """
          SELECT flux.insert_market_data_batch(ARRAY(
            SELECT (t, s, 60 * sin(extract(epoch FROM t) / 13000) + r / 3.0)::flux.market_data_input
            FROM generate_series('2024-10-26 23:00Z'::timestamptz, '2024-10-27 23:30Z', interval '30 minutes') t,
              unnest(ARRAY[3, 4, 101]) s), '2024-10-29Z'::timestamptz + r % 4 * interval '1 hour',
            CASE WHEN r < 3
              THEN ARRAY(SELECT jsonb_build_object('r', r, 'text', E'"a",\\nb') FROM generate_series(1, 150))
            END)::text
          FROM generate_series(0, 5) r
          """, source)
        let stored = try await query(Self.contents, source)
        // Twice a microsecond after another one.
        #expect(stored.count == 900 && stored.contains { $0.hasSuffix(".000001+00") })
        try await withDatabase { target, folder, shell async throws in
          let written = try await fromSource(
            "$flux history imbalance_price axle_dispatch niv_outturn --from 2024-10-26 --to 2024-10-28 --revisions "
              + "--format \(format) -o \(folder)/history && gzip -k \(folder)/history")
          #expect(written.status == 0, "\(written.errors)")
          let first = try await shell("$flux import $dir/history.gz --format json")
          let row = try #require(try first.rows().first)
          #expect(first.status == 0 && row["new"] as? Int == 900 && row["received"] as? Int == 900, "\(first.errors)")
          #expect(try await query(Self.contents, target) == stored)
          let second = try await shell("$flux import - <$dir/history --format csv")
          #expect(second.lines == ["file,received,new,unchanged,set_aside", "-,900,0,900,0"], "\(second.errors)")
          let sources = try await query("SELECT DISTINCT source FROM flux_ops.load", target)
          #expect(sources == ["import \(folder)/history.gz"])
        }
      }
    }

    @Test func `Plain history is loaded with what it was known at`() async throws {
      try await withDatabase { database, _, shell async throws in
        let loaded = try await shell(
          """
          printf 'time,signal,value,observed_at\\n2024-05-01T00:00:00Z,imbalance_price,1,2024-05-01T01:00:00Z\\n' \
          | $flux import - && $flux history imbalance_price --from 2024-05-01 --to 2024-05-01 --format csv >$dir/a \
          && $flux import $dir/a && cat $dir/a
          """)
        #expect(loaded.status == 0, "\(loaded.errors)")
        #expect(loaded.lines.last == "2024-05-01T00:00:00Z,2024-05-01,3,imbalance_price,1,£/MWh,2024-05-01T01:00:00Z,")
        #expect(try await query("SELECT count(*) FROM flux.market_data", database) == ["1"])
      }
    }

    @Test func `A provider's file goes in by its feed's rules, and what it has wrong is listed with the rejects`()
      async throws
    {
      try await withDatabase { database, folder, shell async throws in
        let text = """
          Settlement Date,Settlement Period,System Sell Price(GBP/MWh),Net Imbalance Volume(MWh)
          01/05/2024,1,10.5,-20
          01/05/2024,2,none,-20
          """
        try text.write(toFile: folder + "/prices.csv", atomically: false, encoding: .utf8)
        let loaded = try await shell(
          "$flux import $dir/prices.csv --feed elexon-portal-best-view --observed-at 2024-06-01 --format csv "
            + "--set-aside $dir/aside.csv")
        #expect(loaded.status == 65 && loaded.lines.last?.hasSuffix("/prices.csv,3,3,0,1") == true, "\(loaded.errors)")
        #expect(
          try await query("SELECT concat_ws(' ', type, value, created_at) FROM flux.market_data ORDER BY 1", database)
            == ["103 10.5 2024-05-31 23:00:00+00", "104 -40 2024-05-31 23:00:00+00", "104 -40 2024-05-31 23:00:00+00"])
        let aside = try String(contentsOfFile: folder + "/aside.csv", encoding: .utf8)
        #expect(
          aside == """
            file,place,column,value,reason
            \(folder)/prices.csv,line 3,System Sell Price(GBP/MWh),none,is not a number

            """)
        let rejects = try await shell("$flux rejects --format json")
        #expect(try rejects.rows().first?["place"] as? String == "line 3")
        #expect(
          try await query("SELECT concat_ws(' ', feed, records, rejected) FROM flux_ops.coverage", database)
            == ["elexon-portal-best-view 2 1"])
        let odd = try await shell("echo 'Scripting Error' | $flux import - --feed elexon-portal-best-view")
        #expect(odd.status == 65 && odd.complaints.count == 1, "\(odd.errors)")
      }
    }

    @Test func `Telemetry is loaded by several connections, and every bad line is told or written`() async throws {
      try await withDatabase { database, folder, shell async throws in
        var lines = readings(50_000).split(separator: "\n").map(String.init)
        for line in 100..<130 { lines[line] = "yesterday,x,1" }
        try (lines.joined(separator: "\n") + "\n").write(
          toFile: folder + "/bess.csv", atomically: false, encoding: .utf8)
        let loaded = try await shell(
          "zstd -q $dir/bess.csv && $flux import $dir/bess.csv.zst --table mg_bess_readings --jobs 2 --format json "
            + "--set-aside $dir/aside.csv")
        let row = try #require(try loaded.rows().first)
        #expect(loaded.status == 65 && row["received"] as? Int == 49_970 && row["set_aside"] as? Int == 30)
        #expect(row["new"] as? Int == 49_970 && row["unchanged"] as? Int == 0)
        #expect(loaded.errors.contains("bess.csv.zst line 101: time \"yesterday\" is not an instant"))
        #expect(loaded.errors.contains("bess.csv.zst: 10 more set aside\n"), "\(loaded.errors)")
        let aside = try String(contentsOfFile: folder + "/aside.csv", encoding: .utf8).split(separator: "\n")
        #expect(aside.count == 31 && aside.last?.contains(",line 130,time,yesterday,is not an instant") == true)
        let again = try await shell("$flux import $dir/bess.csv --table mg_bess_readings --format csv 2>&1")
        let last = try #require(again.lines.last)
        #expect(again.status == 65 && last.hasSuffix("/bess.csv,49970,0,49970,30"), "\(again.output)")
        #expect(again.output.contains("10 more set aside; --set-aside FILE writes all of them"))
        #expect(try await query("SELECT count(*) FROM flux.mg_bess_readings", database) == ["49970"])
      }
    }

    @Test func `An import that is killed half-way is simply run again`() async throws {
      try await withDatabase { database, folder, shell async throws in
        try readings(60_000).write(toFile: folder + "/bess.csv", atomically: false, encoding: .utf8)
        let killed = try await shell(
          """
          mkfifo $dir/pipe
          $flux import - --table mg_bess_readings <$dir/pipe &
          importer=$!
          exec 3>$dir/pipe
          head -n 45001 $dir/bess.csv >&3
          until [ "$(psql "$FLUX_DATABASE_URL" -Atc 'SELECT count(*) > 0 FROM flux.mg_bess_readings')" = t ]; do :; done
          kill -KILL $importer
          wait $importer
          """)
        #expect(killed.status == 137)
        let again = try await shell("$flux import $dir/bess.csv --table mg_bess_readings --jobs 2 --format json")
        let row = try #require(try again.rows().first)
        let (new, unchanged) = (row["new"] as? Int ?? 0, row["unchanged"] as? Int ?? 0)
        #expect(again.status == 0 && new + unchanged == 60_000 && unchanged >= 10_000 && new >= 15_000, "\(row)")
        #expect(try await query("SELECT count(*) FROM flux.mg_bess_readings", database) == ["60000"])
      }
    }

    @Test func `One that is asked to stop says how to go on`() async throws {
      try await withDatabase { _, folder, shell async throws in
        let stopped = try await shell(
          """
          mkfifo $dir/pipe
          $flux import - --table mg_bess_readings <$dir/pipe &
          importer=$!
          exec 3>$dir/pipe
          connected="SELECT count(*) > 1 FROM pg_stat_activity
            WHERE datname = current_database() AND backend_type = 'client backend'"
          until [ "$(psql "$FLUX_DATABASE_URL" -Atc "$connected")" = t ]; do :; done
          \(Stage.untilCaught(15, by: "$importer"))
          kill -TERM $importer
          wait $importer
          """)
        #expect(stopped.status == 75)
        #expect(stopped.errors.contains("stopped; what is loaded stays, and the same command again goes on"))
      }
    }

    @Test func `A file that is damaged, empty or of another kind does not keep the others out`() async throws {
      try await withDatabase { database, folder, shell async throws in
        try readings(40_000).write(toFile: folder + "/bess.csv", atomically: false, encoding: .utf8)
        let loaded = try await shell(
          """
          cd $dir; gzip -k bess.csv; size=$(stat -c %s bess.csv.gz); head -c $((size / 2)) bess.csv.gz >half.csv.gz
          : >empty.csv; head -n 1 bess.csv >header.csv; printf 'time,device_id,volts\\n' >other.csv
          $flux import half.csv.gz empty.csv header.csv other.csv bess.csv --table mg_bess_readings --format csv
          """)
        #expect(loaded.status == 65)
        #expect(
          loaded.complaints.map { String($0.dropFirst("flux-market: ".count).prefix(40)) } == [
            "half.csv.gz is damaged or ends too early", "empty.csv: it is empty",
            "other.csv: mg_bess_readings has no colum",
          ], "\(loaded.errors)")
        let half = try #require(loaded.column(1).first.flatMap { Int($0) })
        #expect(half > 5_000 && half < 40_000)
        #expect(
          loaded.lines.dropFirst(2) == [
            "empty.csv,0,0,0,0", "header.csv,0,0,0,0", "other.csv,0,0,0,0", "bess.csv,40000,\(40_000 - half),\(half),0",
          ])
      }
    }

    @Test(arguments: [
      ("import", 64, "Missing expected argument"), ("import a --feed b --table mg_bess_readings", 64, "not of both"),
      ("import a --table readings", 64, "table"), ("import a --jobs 2", 64, "--jobs is for --table"),
      ("import a --table mg_bess_readings --observed-at today", 64, "--observed-at is for --feed"),
      ("import /etc/hostname --feed elexon-portal-best-vieuw", 64, "did you mean elexon-portal-best-view?"),
      ("import /etc/hostname --feed axle-battery-schedule", 64, "cannot be imported"),
      ("import /nowhere/a.csv", 66, "/nowhere/a.csv cannot be read: No such file or directory"),
      ("import /tmp --table mg_bess_readings", 66, "it is a folder"),
      ("import /etc/hostname", 65, "it lacks columns time, signal, value, observed_at"),
    ])
    func `What cannot be done is one line and its exit status`(
      _ arguments: String, _ status: Int32, _ says: String
    ) async throws {
      let outcome = try await Stage.shared().shell("$flux \(arguments)")
      #expect(outcome.status == status && outcome.complaints.count == 1, "\(outcome.errors)")
      #expect(outcome.errors.contains(says), "\(outcome.errors)")
    }

    @Test func `A database that is away may be there later`() async throws {
      let outcome = try await Stage.shared().shell(
        "$flux import /etc/hostname", changes: ["FLUX_DATABASE_URL": "postgres://postgres@127.0.0.1:1/flux"])
      #expect(outcome.status == 75 && outcome.complaints.count == 1, "\(outcome.errors)")
    }
  }
}
