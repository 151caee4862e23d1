import Foundation
import Support
import Testing

extension Commands {
  @Suite struct `Settings` {
    /// Lends a folder of this test's own.
    private func inFolder(_ body: (Stage, String) async throws -> Void) async throws {
      let stage = try await Stage.shared()
      let folder = stage.folder + "/settings-\(UUID().uuidString)"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
      defer { try? FileManager.default.removeItem(atPath: folder) }
      try await body(stage, folder)
    }

    private func write(_ text: String, to path: String, mode: Int = 0o600) throws {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private func settings(_ outcome: Outcome) throws -> [String: String] {
      try outcome.rows().reduce(into: [:]) { settings, row in
        settings[row["setting"] as? String ?? ""] = "\(row["value"] ?? "") from \(row["from"] ?? "")"
      }
    }

    @Test func `A flag goes before a variable, that before a credential, that before the file`() async throws {
      try await inFolder { stage, folder in
        let file = folder + "/flux.yaml"
        try write(
          """
          contact: file
          log-level: debug
          modo-token: secret-of-the-file
          elexon-portal-key: secret-of-the-file
          axle-assets: A=1
          host-modo-rate: 7

          """, to: file)
        try write("secret-of-systemd", to: folder + "/modo-token")
        try write("secret-of-systemd", to: folder + "/credentials_axle-username")
        let outcome = try await stage.run(
          "config", "--format", "json", "--config", file, "--contact=flag",
          changes: [
            "FLUX_CONTACT": "variable", "FLUX_LOG_LEVEL": "error", "CREDENTIALS_DIRECTORY": folder,
            "FLUX_ELEXON_PORTAL_KEY": nil, "FLUX_ELEXON_PORTAL_KEY_FILE": "/run/key", "FLUX_AXLE_ASSETS": "",
            "FLUX_HOST_MODO_RATE": nil, "FLUX_AXLE_USERNAME": nil,
          ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let settings = try settings(outcome)
        #expect(settings["contact"] == "flag from flag")
        #expect(settings["log-level"] == "error from FLUX_LOG_LEVEL")
        #expect(settings["modo-token"] == "the text of \(folder)/modo-token from credential")
        #expect(settings["axle-username"] == "the text of \(folder)/credentials_axle-username from credential")
        #expect(settings["elexon-portal-key"] == "the text of /run/key from FLUX_ELEXON_PORTAL_KEY_FILE")
        #expect(settings["axle-assets"] == "A=1 from \(file):5")
        #expect(settings["host-modo-rate"] == "7 from \(file):6")
        #expect(settings["health"] == "127.0.0.1:9464 from default")
        #expect(!outcome.output.contains("secret-of") && !outcome.errors.contains("secret-of"))
      }
    }

    @Test func `The documentation has every setting as the program describes it`() async throws {
      let manual = try String(contentsOfFile: TestDatabase.repository + "/docs/operating.md", encoding: .utf8)
      let outcome = try await Stage.shared().run("config", "--format", "json")
      let ofHosts = "Replaces what hosts.yaml says."
      for row in try outcome.rows() where row["what"] as? String != ofHosts {
        let line = "| `\(row["setting"] ?? "")` | \(row["what"] ?? "") |"
        #expect(manual.contains(line), "\(line)")
      }
    }

    @Test func `What a file says is what commands do`() async throws {
      try await inFolder { stage, folder in
        let file = folder + "/flux.yaml"
        try write("database-url: postgres://a:hidden@127.0.0.1:9/flux\nstate-dir: \(folder)/state\n", to: file)
        let outcome = try await stage.run("latest", "--config", file, changes: ["FLUX_STATE_DIR": nil])
        #expect(outcome.status == 69 && outcome.errors.contains("Connection refused"))
        #expect(!outcome.errors.contains("hidden"))
        try write("host-modo-rate: often\n", to: file)
        let check = try await stage.run("feeds", "check", changes: ["FLUX_CONFIG": file, "FLUX_HOST_MODO_RATE": nil])
        #expect(check.status == 78 && check.errors.contains("\"often\" is no rate"))
      }
    }

    @Test func `The file in the user's own folder is read where none is named`() async throws {
      try await inFolder { stage, folder in
        try FileManager.default.createDirectory(atPath: folder + "/flux-market", withIntermediateDirectories: false)
        try write("contact: me@example.org\n", to: folder + "/flux-market/config.yaml")
        let outcome = try await stage.run("config", "--format", "json", changes: ["XDG_CONFIG_HOME": folder])
        #expect(try settings(outcome)["contact"] == "me@example.org from \(folder)/flux-market/config.yaml:1")
      }
    }

    @Test func `A file that is wrong, or not there, ends every command with 78`() async throws {
      try await inFolder { stage, folder in
        let file = folder + "/flux.yaml"
        try write("log-level: info\nstate-dri: /srv\n", to: file)
        let wrong = try await stage.run("latest", "--config", file)
        #expect(wrong.status == 78 && wrong.complaints == [
          "flux-market: \(file):2:1: there is no setting \"state-dri\"; write state-dir"
        ])
        let missing = try await stage.run("latest", "--config", folder + "/none.yaml")
        #expect(missing.status == 78 && missing.errors.contains("none.yaml cannot be read: No such file"))
        let level = try await stage.run("collect", "--log-level", "inof", changes: ["FLUX_DATABASE_URL": "dbname=x"])
        #expect(level.status == 78 && level.complaints == ["flux-market: log-level is \"inof\": write info"])
      }
    }

    @Test func `A secret that others can read is warned of, and no secret is a flag`() async throws {
      try await inFolder { stage, folder in
        let file = folder + "/flux.yaml"
        try write("modo-token: hidden\n", to: file, mode: 0o640)
        let outcome = try await stage.run("config", "--config", file)
        #expect(outcome.status == 0 && outcome.errors.contains("\(file):1 holds a secret (modo-token)"))
        #expect(!outcome.errors.contains("hidden") && !outcome.output.contains("hidden"))
        try write("contact: nobody\n", to: file, mode: 0o644)
        #expect(try await stage.run("config", "--config", file).errors.isEmpty)
        let flag = try await stage.run("config", "--modo-token", "hidden")
        #expect(flag.status == 64 && flag.errors.contains("Unknown option '--modo-token'"))
      }
    }
  }
}
