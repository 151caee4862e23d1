import Foundation
import Postgres
import Support
import Testing

extension Commands {
  @Suite struct `The desk in a terminal` {
    /// A price of an hour ago that was revised, one before it, and an estimate that is missing for hours.
    private func fill(_ database: TestDatabase) async throws {
      try await Connection.with(try database.settings) { connection in
        try await connection.execute(
          """
          INSERT INTO flux_ops.feed_signal (feed, type, published_after, cadence, expected_after, asked_every, is_estimate)
          VALUES ('price', 3, '75 min', '30 min', '45 min', '30 min', false), ('guess', 1, '62 min', '30 min', '32 min', '2 min', true);
          INSERT INTO flux_ops.feed_state (feed, last_attempt_at, last_success_at, next_due_at, consecutive_failures, last_error)
          VALUES ('price', now(), now(), now() + '30 min', 0, NULL), ('guess', now(), now() - interval '9 h', now() + '1 min', 9, 'no answer');
          INSERT INTO flux.market_data ("time", type, value, created_at)
          SELECT date_bin('30 min', now(), '2000-01-01Z') - back * interval '30 min', signal, value, now() - seen * interval '1 min'
          FROM (VALUES (3, 2, 80, 60), (3, 1, 84.9, 30), (3, 1, 85.25, 20), (1, 20, -120.5, 600)) v(signal, back, value, seen);
          """)
      }
    }

    @Test func `Every signal has its value, change, state and reason; a stale one can be the exit status`() async throws {
      let stage = try await Stage.shared()
      try await TestDatabase.with { database in
        try await fill(database)
        let changes: [String: String?] = ["FLUX_DATABASE_URL": database.url]
        let rows = try await stage.run("latest", "--format", "json", changes: changes).rows()
        try #require(rows.map { $0["signal"] as? String } == ["niv_estimate", "imbalance_price"])
        let (estimate, price) = (rows[0], rows[1])
        #expect(price["state"] as? String == "fresh" && price["estimate"] as? Bool == false)
        #expect(price["value"] as? Double == 85.25 && price["change"] as? Double == 5.25)
        #expect(price["revised"] as? Bool == true && price["replaced_value"] as? Double == 84.9)
        #expect(price["reason"] is NSNull && price["feed"] as? String == "price")
        #expect(estimate["state"] as? String == "stale" && estimate["estimate"] as? Bool == true)
        #expect(estimate["change"] is NSNull && estimate["reason"] as? String == "guess fails: no answer")

        let table = try await stage.run("latest", changes: changes)
        try #require(table.lines.count == 3, "\(table.output)")
        #expect(table.lines[2].contains("+5.25") && table.lines[2].hasSuffix("fresh, revised"))
        #expect(table.lines[1].hasSuffix("stale, estimate  guess fails: no answer"))
        let fresh = try await stage.run("latest", "imbalance_price", "--fail-if-stale", changes: changes)
        #expect(fresh.status == 0)
        let stale = try await stage.run("latest", "--fail-if-stale", changes: changes)
        #expect(stale.status == 1 && stale.errors.contains("niv_estimate is stale, estimate: guess fails: no answer"))
        let none = try await stage.run("latest", "axle_dispatch", "--fail-if-stale", changes: changes)
        #expect(none.status == 1 && none.lines.count == 2)
        for words in [["--watch"], ["--watch", "--format", "json"], ["--watch", "--fail-if-stale", "--format", "csv"]] {
          let refused = try await stage.shell("\"$flux\" latest \(words.joined(separator: " "))", changes: changes)
          #expect(refused.status == 64, "\(words)")
        }
      }
    }

    @Test func `For programs it prints a row the moment that something is stored`() async throws {
      let stage = try await Stage.shared()
      try await TestDatabase.with { database in
        try await fill(database)
        let outcome = try await stage.shell(
          """
          "$flux" latest imbalance_price --watch --format jsonl >"$out" & watching=$!
          \(until("[ -s \"$out\" ]"))
          \(insert(99.5))
          \(until("grep -qF '\"value\": 99.5' \"$out\""))
          kill -TERM $watching; wait $watching; cat "$out"; rm "$out"
          """, changes: ["FLUX_DATABASE_URL": database.url, "out": stage.folder + "/watched-\(UUID().uuidString)"])
        try #require(outcome.lines.count == 2, "\(outcome.output)")
        #expect(outcome.lines[0].contains("\"value\": 85.25") && outcome.lines[1].contains("\"value\": 99.5"))
      }
    }

    @Test(arguments: ["q", "TERM", "HUP", "INT"])
    func `The screen shows what is stored as it is stored, and gives the terminal back`(ending: String) async throws {
      let stage = try await Stage.shared()
      try await TestDatabase.with { database in
        try await fill(database)
        let outcome = try await watch(
          database, on: stage,
          """
          \(insert(99.5))
          \(until("grep -q '[*] imbalance_price  *99[.]5' \"$seen\""))
          psql -XAtq "$FLUX_DATABASE_URL" -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()" >/dev/null
          \(until("grep -q 'DATABASE LOST' \"$seen\""))
          \(insert(101.5))
          \(until("grep -q '[*] imbalance_price  *101[.]5' \"$seen\""))
          \(ending == "q" ? "printf q >&7" : "kill -\(ending) $watching")
          """)
        let parts = outcome.output.components(separatedBy: "\u{1B}[?1049l")
        try #require(parts.count == 2, "\(outcome.output)")
        #expect(parts[0].contains("\u{1B}[?1049h\u{1B}[?25l"))
        #expect(parts[0].hasSuffix("\u{1B}[?25h") && parts[1].contains("ended with 0"), "\(outcome.output)")
        #expect(parts[1].contains(" icanon") && parts[1].contains(" echo "))
        let frames = parts[0].components(separatedBy: "\u{1B}[H").dropFirst()
        let last = try #require(frames.last).replacing("\u{1B}[K", with: "").replacing("\u{1B}[J", with: "")
        #expect(!last.replacing("\u{1B}[?25h", with: "").contains("\u{1B}"), "NO_COLOR has no colours")
        let lines = last.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 24 && lines.allSatisfy { $0.count <= 80 }, "\(last)")
        #expect(lines.dropFirst().first == "live: changes show as they are stored")
        #expect(lines.contains { $0.hasPrefix("  niv_estimate") && $0.hasSuffix("stale") })
        #expect(lines.contains { $0.contains("guess fails: no answer") })
      }
    }

    @Test func `Ctrl-Z gives the terminal back for as long as it is stopped, and fg takes it again`() async throws {
      let stage = try await Stage.shared()
      try await TestDatabase.with { database in
        try await fill(database)
        let taken = #"[ $(grep -oF "?1049h" "$seen" | wc -l) -eq 2 ]"#
        let outcome = try await watch(
          database, on: stage,
          """
          kill -TSTP $watching
          \(until("grep -q ') T ' /proc/$watching/stat"))
          \(until("grep -qF '?1049l' \"$seen\""))
          stty -a </proc/$watching/fd/0; grep -o '?1049[hl]' "$seen"
          kill -CONT $watching
          \(until(taken))
          \(insert(99.5))
          \(until("grep -q '[*] imbalance_price  *99[.]5' \"$seen\""))
          stty -a </proc/$watching/fd/0
          printf q >&7
          """)
        let parts = outcome.output.components(separatedBy: "?1049h\n?1049l\n")
        #expect(parts.count == 2 && parts[0].contains(" icanon") && parts[0].contains(" echo "), "\(outcome.output)")
        #expect(parts.last?.contains("-icanon") == true && parts.last?.contains("ended with 0") == true)
      }
    }

    /// Watches in a terminal of 80 columns until `steps` end it, and prints what it wrote there, which `$seen` has.
    ///
    /// - Parameter steps: begin when the screen is there. Keys go to file 7, `$watching` is the program.
    private func watch(_ database: TestDatabase, on stage: Stage, _ steps: String) async throws -> Outcome {
      // script(1) gives the program a terminal of its own, and keeps all that it wrote there.
      try await stage.shell(
        """
        mkfifo "$seen.keys"
        script -qfec 'stty cols 80 rows 24; (echo $BASHPID >"$seen.pid"; exec "$flux" latest --watch); echo ended with $?; stty -a' \
          "$seen" <"$seen.keys" >/dev/null & terminal=$!
        exec 7>"$seen.keys"
        \(until("grep -qsF 85.25 \"$seen\""))
        read -r watching <"$seen.pid"
        \(steps)
        exec 7>&-; wait $terminal; cat "$seen"; rm "$seen" "$seen.keys" "$seen.pid"
        """,
        changes: [
          "FLUX_DATABASE_URL": database.url, "seen": stage.folder + "/typescript-\(UUID().uuidString)",
          "SHELL": "/bin/bash", "NO_COLOR": "1",
        ])
    }

    private func insert(_ value: Double) -> String {
      """
      psql -XAtq "$FLUX_DATABASE_URL" -c "SELECT * FROM flux.insert_market_data_batch(ARRAY[
        (date_bin('30 min', now(), '2000-01-01Z'), 3, \(value))::flux.market_data_input])" >/dev/null
      """
    }

    private func until(_ condition: String) -> String {
      "tries=0; until \(condition) || [ $((tries += 1)) -gt 2400 ]; do sleep 0.05; done"
    }
  }
}
