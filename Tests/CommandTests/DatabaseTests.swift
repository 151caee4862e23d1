import Foundation
import Support
import Testing

extension Commands {
  @Suite struct `The database commands` {
    @Test func `A database is deployed by its address, and says so afterwards`() async throws {
      let stage = try await Stage.shared()
      try await TestDatabase.with(migrated: false) { database in
        let changes: [String: String?] = ["FLUX_DATABASE_URL": database.url]
        let before = try await stage.run("db", "status", changes: changes)
        #expect(before.status == 78 && before.output.contains("`flux-market db deploy`"))
        let deployed = try await stage.run("db", "deploy", database.url)
        #expect(deployed.status == 0 && deployed.output.hasPrefix("deployed: "), "\(deployed.errors)")
        let again = try await stage.run("db", "deploy", changes: changes)
        #expect(again.status == 0 && again.output == "up to date\n")
        let after = try await stage.run("db", "status", "--format", "json", changes: changes)
        #expect(after.status == 0)
        let relations = [
          "mg_meter_readings", "mg_bess_readings", "market_data", "mg_meter_readings_5m_intermediate",
          "mg_meter_readings_30m_intermediate",
        ]
        #expect(
          try after.rows().compactMap { $0["what"] as? String } == ["database", "engine", "schema"] + relations)
      }
    }

    @Test func `The embedded one starts, is found, stops, and keeps its data`() async throws {
      let stage = try await Stage.shared()
      let state = stage.folder + "/second"
      let own: [String: String?] = ["FLUX_STATE_DIR": state]
      let absent = try await stage.run("db", "status", changes: own)
      #expect(absent.status == 69 && absent.output.contains("not made yet: `flux-market db up` starts it"))
      #expect(try await stage.run("db", "url", changes: own).status == 69)
      #expect(try await stage.run("db", "down", changes: own).output == "it was not running\n")

      let up = try await stage.run("db", "up", changes: own)
      #expect(up.status == 0 && up.output.hasPrefix("running: postgresql://"), "\(up.errors)")
      let url = try await stage.run("db", "url", changes: own)
      #expect(url.status == 0 && up.output == "running: " + url.output)
      #expect(try await stage.run("db", "status", changes: own).status == 0)
      #expect(try await stage.run(
        "db", "signal", "add", "kept", "--unit", "MW", "--description", "Still there", changes: own).status == 0)
      #expect(try await stage.run("db", "down", changes: own).output == "stopped\n")
      // A reading command starts it again.
      #expect(try await stage.run("db", "signal", "list", changes: own).output.contains("Still there"))
      #expect(try await stage.run("db", "down", changes: own).output == "stopped\n")
    }
  }
}
