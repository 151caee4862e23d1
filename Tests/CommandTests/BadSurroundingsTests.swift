import Foundation
import Postgres
import Support
import Testing

extension Commands {
  /// Each is one clear line on standard error, with the status of sysexits(3).
  @Suite struct `What is wrong around it` {
    private func expect(
      _ outcome: Outcome, _ status: Int32, _ words: String, at location: SourceLocation = #_sourceLocation
    ) {
      #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: location)
      #expect(outcome.complaints.count == 1, "\(outcome.errors)", sourceLocation: location)
      #expect(outcome.complaints.first?.contains(words) == true, "\(outcome.errors)", sourceLocation: location)
      #expect(!outcome.errors.contains("secret"), sourceLocation: location)
    }

    @Test func `A database that is down`() async throws {
      let stage = try await Stage.shared()
      let down: [String: String?] = ["FLUX_DATABASE_URL": "postgres://a:secret@127.0.0.1:9/flux"]
      for words in [["latest"], ["history", "imbalance_price", "--from", "1d"], ["db", "deploy"], ["db", "status"]] {
        let outcome = try await stage.shell("\"$flux\" \(words.joined(separator: " "))", changes: down)
        expect(outcome, 69, "Connection refused")
      }
      expect(try await stage.run("backfill", "elexon-system-price", "--from", "1d", changes: down), 69, "refused")
      // The service needs none to begin with: what it fetches is kept on the disk.
      let own = down.merging(["FLUX_STATE_DIR": stage.folder + "/away"]) { $1 }
      let round = try await stage.run("collect", "--once", "--only", "elexon-system-price", changes: own)
      #expect(round.status == 75 && round.errors.contains("Connection refused") && !round.errors.contains("secret"))
      let spool = try await stage.run("spool", "status", "--format", "json", changes: own)
      #expect(try spool.rows().contains { $0["feed"] as? String == "elexon-system-price" }, "\(spool.output)")
    }

    @Test func `A database on a host that nobody knows`() async throws {
      let outcome = try await Stage.shared().run(
        "latest", changes: ["FLUX_DATABASE_URL": "postgres://a:secret@nowhere.invalid/flux"])
      expect(outcome, 69, "nowhere.invalid")
    }

    @Test func `A database address that cannot be read`() async throws {
      let outcome = try await Stage.shared().run(
        "latest", changes: ["FLUX_DATABASE_URL": "postgres://a:secret@h:port/x"])
      expect(outcome, 78, "connection string")
    }

    @Test func `A database without the schema, a role without rights, and a role that is none`() async throws {
      let stage = try await Stage.shared()
      try await TestDatabase.with(migrated: false) { database in
        let outcome = try await stage.run("latest", changes: ["FLUX_DATABASE_URL": database.url])
        expect(outcome, 78, "flux-market db deploy")
      }
      try await TestDatabase.with { database in
        let role = "guest_of_\(database.name)"
        let reader = "reader_of_\(database.name)"
        try await Connection.with(try database.settings) { connection in
          try await connection.execute("CREATE ROLE \(role) LOGIN; CREATE ROLE \(reader) LOGIN IN ROLE flux_reader")
        }
        func `as`(_ user: String) -> [String: String?] {
          let isURI = database.url.hasPrefix("postgres")
          let mark = database.url.contains("?") ? "&" : "?"
          return ["FLUX_DATABASE_URL": database.url + (isURI ? "\(mark)user=\(user)" : " user=\(user)")]
        }
        expect(try await stage.run("latest", changes: `as`(role)), 77, "permission denied")
        expect(try await stage.run("latest", changes: `as`("nobody_at_all")), 77, "nobody_at_all")
        #expect(try await stage.run("latest", changes: `as`(reader)).status == 0)
        let backfill = try await stage.run(
          "backfill", "elexon-system-price", "--from", "2024-03-01", "--to", "2024-03-01", changes: `as`(reader))
        expect(backfill, 77, "permission denied")
        try await Connection.with(try database.settings) { connection in
          try await connection.execute("DROP ROLE \(role); DROP ROLE \(reader)")
        }
      }
    }

    @Test func `A feed's host that nobody knows, or that would be asked in the clear`() async throws {
      let stage = try await Stage.shared()
      let unknown = try await stage.run(
        "feeds", "preview", "elexon-system-price", changes: ["FLUX_HOST_ELEXON_URL": "https://nowhere.invalid/api"])
      expect(unknown, 68, "nowhere.invalid")
      let plain = try await stage.run("feeds", "list", changes: ["FLUX_HOST_ELEXON_URL": "http://nowhere.invalid/api"])
      expect(plain, 78, "https://")
    }

    @Test func `A web page instead of data`() async throws {
      let stage = try await Stage.shared()
      let server = try WebPageServer()
      let changes: [String: String?] = ["FLUX_HOST_ELEXON_URL": "http://127.0.0.1:\(server.port)"]
      expect(try await stage.run("feeds", "preview", "elexon-system-price", changes: changes), 76, "web page")
      let backfill = try await stage.run(
        "backfill", "elexon-system-price", "--from", "2024-03-01", "--to", "2024-03-02", "--format", "json",
        changes: changes)
      #expect(backfill.status == 76)
      #expect(backfill.errors.contains("2 windows failed"))
      #expect(backfill.errors.contains("  elexon-system-price 2024-03-01: GET http://127.0.0.1"))
      #expect(try backfill.rows().map { $0["failed"] as? Int } == [2])
    }

    @Test func `A feed file with a wrong key`() async throws {
      let stage = try await Stage.shared()
      let feeds = stage.folder + "/feeds-wrong"
      let copied = try await stage.shell(
        """
        cp -r '\(TestDatabase.repository)/feeds' '\(feeds)'
        sed -i 's/^schedule:/scedule:/' '\(feeds)/modo-niv-live.yaml'
        """)
      #expect(copied.status == 0)
      let outcome = try await stage.run("feeds", "check", feeds)
      #expect(outcome.status == 78)
      #expect(outcome.errors.contains(/modo-niv-live\.yaml:\d+:\d+: .*scedule.*schedule/), "\(outcome.errors)")
      let good = try await stage.run("feeds", "check")
      #expect(good.status == 0 && good.output == "7 feeds of 4 hosts: nothing to complain of\n")
    }

    @Test func `A credential that is missing turns its feed off, and says which`() async throws {
      let stage = try await Stage.shared()
      let without: [String: String?] = ["FLUX_ELEXON_PORTAL_KEY": nil]
      let preview = try await stage.run("feeds", "preview", "elexon-portal-best-view", changes: without)
      expect(preview, 78, "FLUX_ELEXON_PORTAL_KEY")
      let list = try await stage.run("feeds", "list", "--format", "json", changes: without)
      let states = try list.rows().reduce(into: [:]) { $0[$1["feed"] as? String ?? ""] = $1["state"] as? String ?? "" }
      #expect(states["elexon-portal-best-view"]?.hasPrefix("off: FLUX_ELEXON_PORTAL_KEY is not set") == true)
      #expect(states["elexon-system-price"] == "on" && states.count == 7)
      let file = try await stage.run(
        "feeds", "list", changes: ["FLUX_ELEXON_PORTAL_KEY": nil, "FLUX_ELEXON_PORTAL_KEY_FILE": "/nonexistent"])
      #expect(file.output.contains("/nonexistent") || file.errors.contains("/nonexistent"))
    }

    @Test func `No time zone data, no sqitch, another share folder, no state folder`() async throws {
      let stage = try await Stage.shared()
      expect(try await stage.run("latest", changes: ["TZDIR": stage.folder]), 72, "apt-get install tzdata")
      expect(try await stage.run("latest", changes: ["FLUX_SHARE_DIR": "/tmp"]), 78, "FLUX_SHARE_DIR is /tmp")
      expect(try await stage.run("latest", changes: ["FLUX_STATE_DIR": "/proc/nothing"]), 73, "FLUX_STATE_DIR")
      try await TestDatabase.with(migrated: false) { database in
        // A PATH that has psql and what the test itself needs, and no sqitch.
        let tools = stage.folder + "/tools"
        let linked = try await stage.shell(
          """
          mkdir -p '\(tools)'
          for each in bash env timeout psql; do ln -sf "$(command -v $each)" '\(tools)/'; done
          """)
        #expect(linked.status == 0)
        let outcome = try await stage.run(
          "db", "deploy", changes: ["FLUX_DATABASE_URL": database.url, "PATH": tools])
        expect(outcome, 69, "apt-get install sqitch")
      }
    }

    @Test func `A port that is taken, a recording that is none`() async throws {
      let stage = try await Stage.shared()
      let server = try WebPageServer()
      expect(try await stage.run("simulate", "--port", "\(server.port)"), 69, "Address already in use")
      expect(try await stage.run("simulate", "--replay", "/nonexistent"), 66, "/nonexistent")
      expect(try await stage.run("simulate", "--replay", TestDatabase.repository + "/feeds"), 66, "no recorded prices")
      expect(try await stage.run("simulate", "--port", "70000"), 64, "0 to 65535")
      expect(try await stage.run("simulate", "--faults", "html,htlm:0.5"), 64, "\"htlm\" is no fault; there are outage")
      expect(try await stage.run("simulate", "--limit", "neso=3"), 64, "begins with a host; there are elexon")
      expect(try await stage.run("simulate", "--lively", "0"), 64, "--lively takes seconds")
      expect(try await stage.run("simulate", "--ledger", "/nonexistent/ledger"), 73, "name another file with --ledger")
    }
  }
}
