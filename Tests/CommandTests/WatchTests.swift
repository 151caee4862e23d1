import Foundation
import Postgres
import Support
import Testing

extension Commands {
  @Suite struct `Status and doctor` {
    private func findings(_ outcome: Outcome) throws -> [String: [String: Any]] {
      Dictionary(try outcome.rows().map { ($0["what"] as? String ?? "", $0) }) { first, _ in first }
    }

    @Test func `Status is 0 while all feeds are well, and 1 with the reason once one is not`() async throws {
      try await TestDatabase.with { database in
        let stage = try await Stage.shared()
        let changes: [String: String?] = ["FLUX_DATABASE_URL": database.url]
        let none = try await stage.run("status", changes: changes)
        #expect(none.status == 0 && none.errors.contains("no feed was ever asked"))
        let one = ["collect", "--once", "--only"]
        #expect(try await stage.run(one[0], one[1], one[2], "elexon-system-price", changes: changes).status == 0)
        let well = try await stage.run("status", changes: changes)
        #expect(well.status == 0, "\(well.output)\(well.errors)")
        #expect(well.lines.contains { $0.hasPrefix("elexon-system-price") && $0.contains("healthy") })

        var failing = changes
        failing["FLUX_HOST_MODO_URL"] = "https://nowhere.invalid"
        _ = try await stage.run(one[0], one[1], one[2], "modo-niv-live", changes: failing)
        let ill = try await stage.run("status", "--format", "json", changes: changes)
        #expect(ill.status == 1)
        let report = try #require(try JSONSerialization.jsonObject(with: Data(ill.output.utf8)) as? [String: Any])
        #expect(report["healthy"] as? Bool == false)
        let feeds = try #require(report["feeds"] as? [[String: Any]])
        try #require(feeds.map { $0["feed"] as? String } == ["elexon-system-price", "modo-niv-live"])
        #expect(feeds.map { $0["state"] as? String } == ["healthy", "failing"])
        #expect(feeds[1]["failures"] as? Int == 1 && feeds[1]["last_success"] is NSNull)
        #expect((feeds[1]["last_error"] as? String)?.contains("nowhere.invalid") == true)
        let checks = try #require(report["checks"] as? [[String: Any]])
        #expect(checks.map { $0["what"] as? String } == ["database", "clock", "oldest snapshot", "spool"])
        let csv = try await stage.run("status", "--format", "csv", changes: changes)
        #expect(csv.status == 1 && csv.lines.count == 3 && csv.lines[0].hasPrefix("feed,state,last_success,"))
      }
    }

    @Test func `A database that is away makes the status 1, and starts nothing`() async throws {
      let stage = try await Stage.shared()
      let away = try await stage.run("status", changes: ["FLUX_DATABASE_URL": "postgres://a:hidden@127.0.0.1:9/flux"])
      #expect(away.status == 1 && away.output.contains("Connection refused") && !away.output.contains("hidden"))
      let folder = stage.folder + "/nobody-was-here"
      let absent = try await stage.run("status", changes: ["FLUX_STATE_DIR": folder])
      #expect(absent.status == 1 && absent.output.contains("embedded, not made yet"))
      #expect(!FileManager.default.fileExists(atPath: folder))
    }

    @Test func `Doctor asks for the schema, then for nothing, and of a role without rights for a grant`() async throws {
      let stage = try await Stage.shared()
      try await TestDatabase.with(migrated: false) { database in
        let changes: [String: String?] = ["FLUX_DATABASE_URL": database.url]
        let empty = try await stage.run("doctor", "--format", "json", changes: changes)
        #expect(empty.status == 78, "\(empty.output)\(empty.errors)")
        let schema = try #require(try findings(empty)["schema"])
        #expect(schema["result"] as? String == "failed")
        #expect((schema["to_do"] as? String)?.contains("flux-market db deploy") == true)

        #expect(try await stage.run("db", "deploy", changes: changes).status == 0)
        let outcome = try await stage.run("doctor", "--network", "--format", "json", changes: changes)
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        let found = try findings(outcome)
        let wanted = [
          "settings", "feeds", "credentials", "host elexon", "host modo", "database", "server", "schema", "clock",
          "role", "self-test", "time zones", "state folder", "disk",
        ]
        for what in wanted { #expect(found[what] != nil, "\(what)") }
        #expect(try outcome.rows().allSatisfy { $0["result"] as? String != "failed" })
        #expect(found["host elexon"]?["says"] as? String == "answers")
        #expect((found["host modo"]?["says"] as? String)?.hasPrefix("not asked") == true)
        #expect((found["time zones"]?["says"] as? String)?.contains("2027-10-31") == true)
        #expect((found["server"]?["says"] as? String)?.hasPrefix("PostgreSQL ") == true)

        let role = "reader_of_\(database.name)"
        try await Connection.with(try database.settings) { connection in
          try await connection.execute("CREATE ROLE \(role) LOGIN IN ROLE flux_reader")
        }
        let mark = database.url.contains("?") ? "&" : "?"
        let url = database.url + (database.url.hasPrefix("postgres") ? "\(mark)user=\(role)" : " user=\(role)")
        let asReader = try await stage.run("doctor", "--format", "json", changes: ["FLUX_DATABASE_URL": url])
        #expect(asReader.status == 77, "\(asReader.output)\(asReader.errors)")
        let ofReader = try findings(asReader)
        #expect(ofReader["role"]?["to_do"] as? String == "GRANT flux_collector TO \(role)")
        #expect(ofReader["schema"]?["result"] as? String == "warning")
        try await Connection.with(try database.settings) { connection in
          try await connection.execute("DROP ROLE \(role)")
        }
      }
    }

    @Test func `Doctor tells a database that is away from settings that are wrong`() async throws {
      let stage = try await Stage.shared()
      let down = "postgres://a:hidden@127.0.0.1:9/flux"
      let away = try await stage.run("doctor", changes: ["FLUX_DATABASE_URL": down])
      #expect(away.status == 69 && away.output.contains("Connection refused") && !away.output.contains("hidden"))
      let wrong = try await stage.run(
        "doctor", "--health", "0.0.0.0:9464",
        changes: [
          "FLUX_DATABASE_URL": down, "FLUX_MODO_TOKN": "x", "FLUX_ELEXON_PORTAL_KEY": nil,
          "FLUX_STATE_DIR": "\(stage.folder)/log/state",
        ])
      #expect(wrong.status == 78)
      for words in [
        "FLUX_MODO_TOKN is no setting", "write FLUX_MODO_TOKEN", "api-tokens-file is not set",
        "/log/state is not there, and cannot be made in",
        "elexon-portal-best-view is off: FLUX_ELEXON_PORTAL_KEY is not set",
      ] {
        #expect(wrong.output.contains(words), "\(words) in \(wrong.output)")
      }
      let refused = try await stage.run("doctor", changes: ["FLUX_HOST_ELEXON_RATE": "often"])
      #expect(refused.status == 78 && refused.output.contains("\"often\" is no rate"))
      let unreadable = try await stage.run(
        "doctor", changes: ["FLUX_MODO_TOKEN": nil, "FLUX_MODO_TOKEN_FILE": "/nowhere/token"])
      #expect(unreadable.status == 78 && unreadable.output.contains("names /nowhere/token, which cannot be read"))
    }
  }
}
