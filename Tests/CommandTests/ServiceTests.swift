import Foundation
import Support
import Testing

extension Commands {
  @Suite struct `Collect, demo and simulate` {
    @Test func `One round of every feed gives every signal a value`() async throws {
      try await TestDatabase.with { database in
        let stage = try await Stage.shared()
        let changes: [String: String?] = ["FLUX_DATABASE_URL": database.url]
        let round = try await stage.run("collect", "--once", changes: changes)
        #expect(round.status == 0, "\(round.errors)")
        #expect(round.output.isEmpty)
        let latest = try await stage.run("latest", "--format", "json", changes: changes)
        #expect(
          try latest.rows().compactMap { $0["signal"] as? String } == [
            "niv_estimate", "wholesale_price", "imbalance_price", "axle_dispatch", "niv_outturn",
            "imbalance_price_estimate", "imbalance_price_settled", "niv_settled", "wholesale_volume",
          ])
        #expect(try latest.rows().allSatisfy { $0["value"] is NSNumber && ($0["age"] as? Int ?? -1) >= 0 })
      }
    }

    @Test func `A feed that fails makes the round end with 75, and the others go in`() async throws {
      try await TestDatabase.with { database in
        let stage = try await Stage.shared()
        let changes: [String: String?] = [
          "FLUX_DATABASE_URL": database.url, "FLUX_HOST_MODO_URL": "https://nowhere.invalid",
        ]
        let round = try await stage.run(
          "collect", "--once", "--only", "elexon-system-price", "--only", "modo-niv-live", changes: changes)
        #expect(round.status == 75)
        #expect(round.errors.contains("modo-niv-live") && round.errors.contains("nowhere.invalid"))
        let latest = try await stage.run("latest", "--format", "json", changes: changes).rows()
        try #require(latest.map { $0["signal"] as? String } == ["niv_estimate", "imbalance_price", "niv_outturn"])
        #expect(latest.map { $0["value"] is NSNull } == [true, false, false])
        #expect(latest[0]["state"] as? String == "none")
        #expect((latest[0]["reason"] as? String)?.contains("nowhere.invalid") == true)
      }
    }

    @Test func `A signal of one's own is known without the database, once it was with it`() async throws {
      try await TestDatabase.with { database in
        let stage = try await Stage.shared()
        let outcome = try await stage.shell(
          """
          mkdir -p "$FLUX_STATE_DIR"; cp -r "$repository/feeds" "$FLUX_STATE_DIR/own"
          sed 's/signal: imbalance_price,/signal: my_price,/; /netImbalanceVolume/d; /^quality/d' \\
            "$repository/feeds/elexon-system-price.yaml" >"$FLUX_STATE_DIR/own/my-price.yaml"
          "$flux" db signal add my_price --unit £/MWh --description 'what I make of it' >/dev/null || exit 1
          collect() { "$flux" collect --once --only my-price --feeds "$FLUX_STATE_DIR/own"; echo $?; }
          collect
          export FLUX_DATABASE_URL=postgres://127.0.0.1:9/none
          collect
          rm "$FLUX_STATE_DIR/signals"
          collect
          rm -r "$FLUX_STATE_DIR"
          """,
          changes: [
            "FLUX_DATABASE_URL": database.url, "FLUX_STATE_DIR": stage.folder + "/signals-\(UUID().uuidString)",
            "repository": TestDatabase.repository,
          ])
        #expect(outcome.lines == ["0", "75", "78"], "\(outcome.output)\(outcome.errors)")
        #expect(outcome.errors.contains("the signals are those of the last time that it answered, 10 of them"))
        #expect(outcome.errors.contains("values wait in the spool") && outcome.errors.contains("my_price"))
      }
    }

    @Test func `The service ends within seconds of SIGTERM`() async throws {
      let outcome = try await Stage.shared().run(
        untilSaid: "holding modo", "collect", "--only", "elexon-system-price", "--only", "modo-niv-live", "--simulated",
        "--health", "off")
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(!outcome.errors.contains("CancellationError"))
    }

    @Test func `SIGHUP reads the feeds anew, and keeps the old ones where something is wrong`() async throws {
      try await TestDatabase.with { database in
        let stage = try await Stage.shared()
        let outcome = try await stage.shell(
          """
          mkdir -p "$FLUX_STATE_DIR"; cp -r "$repository/feeds" "$FLUX_STATE_DIR/own"
          log=$FLUX_STATE_DIR/collect.log
          "$flux" collect --feeds "$FLUX_STATE_DIR/own" --only elexon-system-price --health off 2>"$log" &
          expect() { for _ in $(seq 1200); do grep -qF "$1" "$log" && return; sleep 0.1; done; echo "no $1"; cat "$log"; }
          expect '"holding elexon"'
          \(Stage.untilCaught(1, by: "$!"))
          rm "$FLUX_STATE_DIR/own/modo-niv-live.yaml"
          kill -HUP $!
          expect 'were read anew'
          echo 'schedule: never' >>"$FLUX_STATE_DIR/own/elexon-system-price.yaml"
          kill -HUP $!
          expect 'the feeds stay as they were'
          kill -TERM $!
          wait $!
          echo "status $?"
          """,
          changes: [
            "FLUX_DATABASE_URL": database.url, "FLUX_STATE_DIR": stage.folder + "/hup", "repository": TestDatabase.repository,
          ])
        #expect(outcome.output == "status 0\n", "\(outcome.output)\(outcome.errors)")
      }
    }

    @Test func `A second signal ends the service at once`() async throws {
      try await TestDatabase.with { database in
        let stage = try await Stage.shared()
        // A host that never answers keeps a request in hand.
        let outcome = try await stage.shell(
          """
          mkdir -p "$FLUX_STATE_DIR"; "$flux" simulate --port 0 --faults 'hang@elexon' >"$FLUX_STATE_DIR/variables" 2>/dev/null &
          simulator=$!
          for _ in $(seq 1200); do [ -s "$FLUX_STATE_DIR/variables" ] && break; sleep 0.1; done
          . "$FLUX_STATE_DIR/variables"
          files() { ls /proc/$simulator/fd | wc -l; }
          before=$(files)
          "$flux" collect --only elexon-system-price --health off 2>"$FLUX_STATE_DIR/collect.log" &
          # A connection more is the request.
          for _ in $(seq 1200); do [ "$(files)" -gt "$before" ] && break; sleep 0.1; done
          # A third one, should the machine be so busy that it takes two for one.
          for _ in 1 2 3; do kill -TERM $! 2>/dev/null && sleep 1; done
          wait $!
          echo "status $?"
          kill $simulator
          """, changes: ["FLUX_DATABASE_URL": database.url, "FLUX_STATE_DIR": stage.folder + "/signalled"])
        #expect(outcome.output == "status 143\n", "\(outcome.output)\(outcome.errors)")
      }
    }

    @Test func `The service starts without its database`() async throws {
      let stage = try await Stage.shared()
      let outcome = try await stage.run(
        untilSaid: "holding elexon", "collect", "--only", "elexon-system-price", "--health", "off",
        changes: ["FLUX_DATABASE_URL": "postgres://a@127.0.0.1:9/flux", "FLUX_STATE_DIR": stage.folder + "/unreachable"])
      #expect(outcome.status == 0 && outcome.errors.contains("the database is away"), "\(outcome.errors)")
    }

    @Test func `The demo says that its values are made up, fills the table, and goes on until stopped`() async throws {
      let stage = try await Stage.shared()
      // Nothing answers at the real feeds' place.
      var changes: [String: String?] = ["FLUX_HOST_ELEXON_URL": "http://127.0.0.1:9", "FLUX_ELEXON_PORTAL_KEY": nil]
      for name in stage.simulated.keys where changes[name] == nil { changes[name] = .some(nil) }
      let once = try await stage.run("demo", "--once", "--days", "2", changes: changes)
      #expect(once.status == 0, "\(once.errors)")
      #expect(once.errors.hasPrefix("Elexon's API can't be reached: SIMULATED feeds with made-up values"))
      for signal in ["niv_estimate", "wholesale_price", "imbalance_price", "axle_dispatch", "niv_settled"] {
        #expect(once.output.contains("\n\(signal) "), "\(signal)")
      }
      // The lines to try next, as printed, from another folder and without our variables.
      let line = try #require(once.errors.split(separator: "\n").first { $0.hasSuffix(" latest --simulated") })
      let pasted = try await stage.shell("cd /usr && \(line)", changes: ["FLUX_STATE_DIR": nil])
      #expect(pasted.status == 0 && pasted.output.contains("axle_dispatch"))

      // Without --once: until it collects, then Ctrl-C.
      let endless = try await stage.shell(
        """
        log=$FLUX_STATE_DIR/demo.log
        set -m
        "$flux" demo --days 1 2>"$log" &
        for _ in $(seq 1200); do
          if grep -q "Collecting goes on; Ctrl-C stops it" "$log"; then break; fi
          sleep 0.1
        done
        kill -INT $!
        started=$SECONDS
        wait $!
        echo "status $? after $(((SECONDS - started) / 10))"
        tail -1 "$log"
        """, changes: changes)
      #expect(endless.output.hasSuffix("status 0 after 0\nStopped.\n"), "\(endless.output)")
    }

    @Test func `The simulator's variables can be had without it, and with it as soon as it answers`() async throws {
      let stage = try await Stage.shared()
      let outcome = try await stage.shell(
        "eval \"$(\"$flux\" simulate --port 8099 --print-env)\"; echo $FLUX_HOST_MODO_URL")
      #expect(outcome.output == "http://127.0.0.1:8099/modo/pub/v1\n" && outcome.errors.isEmpty)
      #expect(stage.simulated["FLUX_HOST_ELEXON_URL"]?.hasPrefix("http://127.0.0.1:") == true)
      #expect(stage.simulated["FLUX_AXLE_ASSETS"]?.isEmpty == false)
      let served = try await stage.run(untilSaid: "FLUX_ELEXON_PORTAL_KEY", "simulate", "--port", "0")
      #expect(served.status == 0 && served.lines.count == stage.simulated.count)
    }
  }
}
