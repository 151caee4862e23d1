import Glibc
import Testing

@testable import EmbeddedPostgres

@Suite struct `Deploying migrations` {
  @Test func `Each change goes in once, and a second deployment asks and does nothing`() async throws {
    try await withTemporaryState { cluster in
      let url = try await cluster.start().url(database: "flux")
      let sqitch = try await migrations(in: cluster, ["one": "CREATE TABLE one ();", "two": "CREATE TABLE two ();"])
      #expect(try await sqitch.status(of: url) == .init(deployed: [], pending: ["one", "two"]))
      #expect(try await sqitch.deploy(to: url) == ["one", "two"])
      // Where there is no Sqitch none was run.
      let without = Sqitch(migrations: sqitch.migrations, environment: ["PATH": "/nowhere"])
      #expect(try await without.deploy(to: url) == [])
      #expect(try await sqitch.status(of: url) == .init(deployed: ["one", "two"], pending: []))
    }
  }

  @Test func `Two deployments at once both end well`() async throws {
    try await withTemporaryState { cluster in
      let info = try await cluster.start()
      let url = info.url(database: "flux")
      let sqitch = try await migrations(in: cluster, ["one": "CREATE TABLE one (); SELECT pg_sleep(0.5);"])
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<2 { group.addTask { try await sqitch.deploy(to: url) } }
        try await group.waitForAll()
      }
      #expect(try await query("SELECT count(*) FROM sqitch.changes", info) == "1")
    }
  }

  @Test func `A change that fails is told in the server's one line, and its run is taken back`() async throws {
    try await withTemporaryState { cluster in
      let info = try await cluster.start()
      let url = info.url(database: "flux")
      let sqitch = try await migrations(in: cluster, ["one": "CREATE TABLE one ();", "two": "SELECT * FROM nowhere;"])
      let error = await #expect(throws: SqitchError.self) { try await sqitch.deploy(to: url) }
      #expect("\(error as Any)".contains("relation \"nowhere\" does not exist"))
      #expect("\(error as Any)".contains("\n") == false)
      #expect(try await sqitch.status(of: url).deployed == [])
      #expect(try await query("SELECT to_regclass('one') IS NULL", info) == "t")
    }
  }

  @Test func `A database of a newer program is named as that`() async throws {
    try await withTemporaryState { cluster in
      let url = try await cluster.start().url(database: "flux")
      let newer = try await migrations(in: cluster, ["one": "SELECT 1;", "two": "SELECT 2;"])
      try await newer.deploy(to: url)
      let older = try await migrations(in: cluster, ["one": "SELECT 1;"])
      await #expect(throws: SqitchError.newer(changes: ["two"])) { try await older.status(of: url) }
    }
  }

  @Test func `A password reaches the server and no process's arguments`() async throws {
    try await withTemporaryState { cluster in
      let info = try await cluster.start()
      _ = try await query("CREATE ROLE guarded LOGIN SUPERUSER PASSWORD 'se cret'", info)
      let rules = cluster.state.path + "/postgres/data/pg_hba.conf"
      let loaded = try await query("SELECT pg_conf_load_time()", info)
      try await shell("sed -i '1i local all guarded scram-sha-256' \(rules)")
      _ = try await query("SELECT pg_reload_conf()", info)
      // The server takes them in when it comes to it.
      while try await query("SELECT pg_conf_load_time()", info) == loaded {}
      let watch = "SELECT pg_sleep(0.3);"
      let sqitch = try await migrations(
        in: cluster, ["one": watch + "\n\\! cat /proc/*/cmdline > \(cluster.state.path)/seen 2>/dev/null || true"])
      let address = "postgres://guarded:%s@/flux?host=\(percentEncoded(info.socketFolder))&port=\(info.port)"
      func with(_ password: String) -> String {
        address.replacing("%s", with: password)
      }
      let error = await #expect(throws: SqitchError.self) { try await sqitch.deploy(to: with("wrong%20one")) }
      #expect("\(error as Any)".contains("password authentication failed for user \"guarded\""))
      #expect(try await sqitch.deploy(to: with("se%20cret")) == ["one"])
      let seen = try await shell("tr '\\0' ' ' < \(cluster.state.path)/seen")
      #expect(seen.contains("sqitch"))
      #expect(!seen.contains("se cret"))
      #expect(!seen.contains("se%20cret"))
    }
  }

  @Test func `Without an address libpq's own variables name the database`() async throws {
    try await withTemporaryState { cluster in
      let info = try await cluster.start()
      let sqitch = try await migrations(in: cluster, ["one": "CREATE TABLE one ();"])
      var variables = try DatabaseURL(info.url(database: "flux_simulated")).variables
      variables["PATH"] = "/usr/local/bin:/usr/bin:/bin"
      let configured = Sqitch(migrations: sqitch.migrations, environment: variables)
      #expect(try await configured.deploy(to: nil) == ["one"])
      #expect(try await query("SELECT to_regclass('one') IS NOT NULL", info, database: "flux_simulated") == "t")
      #expect(try await query("SELECT to_regclass('one') IS NULL", info) == "t")
      // An address wins over them.
      #expect(try await configured.status(of: info.url(database: "flux")).deployed == [])
    }
  }

  @Test func `A server that is away is told in one line`() async throws {
    try await withTemporaryState { cluster in
      try cluster.state.create()
      let sqitch = try await migrations(in: cluster, ["one": "SELECT 1;"])
      let error = await #expect(throws: SqitchError.self) {
        try await sqitch.deploy(to: "host=\(cluster.state.path) dbname=flux")
      }
      guard case .unreachable(let message) = error else {
        Issue.record("it was \(error as Any)")
        return
      }
      #expect(message.contains(cluster.state.path))
    }
  }

  @Test func `What is missing is named with the package to install`() async throws {
    try await withTemporaryState { cluster in
      let info = try await cluster.start()
      let found = try await migrations(in: cluster, ["one": "SELECT 1;"])
      let without = Sqitch(migrations: found.migrations, environment: ["PATH": "/nowhere"])
      await #expect(throws: SqitchError.notInstalled(program: "sqitch")) {
        try await without.deploy(to: info.url(database: "flux"))
      }
      await #expect(throws: SqitchError.noPlan(folder: cluster.state.path)) {
        try await Sqitch(migrations: cluster.state.path, environment: [:]).status(of: info.url(database: "flux"))
      }
    }
  }

  /// A project of the changes named, in alphabetical order, each with its deploy script.
  private func migrations(in cluster: Cluster, _ changes: [String: String]) async throws -> Sqitch {
    let folder = cluster.state.path + "/migrations"
    try await shell("mkdir -p \(folder)/deploy \(folder)/revert \(folder)/verify")
    var plan = "%syntax-version=1.0.0\n%project=tried\n\n"
    for (name, script) in changes.sorted(by: { $0.key < $1.key }) {
      plan += "\(name) 2026-01-01T00:00:00Z A <a@example.com> # A change.\n"
      try await write("BEGIN;\n\(script)\nCOMMIT;\n", to: "\(folder)/deploy/\(name).sql")
      try await write("DROP TABLE IF EXISTS \(name);\n", to: "\(folder)/revert/\(name).sql")
      try await write("SELECT 1;\n", to: "\(folder)/verify/\(name).sql")
    }
    try await write(plan, to: folder + "/sqitch.plan")
    let path = "/usr/local/bin:/usr/bin:/bin"
    return Sqitch(migrations: folder, environment: ["PATH": path, "HOME": cluster.state.path])
  }

  private func write(_ text: String, to path: String) async throws {
    _ = try await Program(name: "tee", folder: nil).run([path], input: text)
  }
}
