import Foundation
internal import Postgres

/// The migrated database that tests copy: made once for each state of `migrations/`, shared by all test processes.
actor Templates {
  private var making: Task<String, any Error>?

  func template(in cluster: TestCluster) async throws -> String {
    if let making { return try await making.value }
    let task = Task { try await Self.make(in: cluster) }
    making = task
    return try await task.value
  }

  private static func make(in cluster: TestCluster) async throws -> String {
    let scripts = try deployScripts()
    let name = "flux_template_\(try digest(of: scripts + includedScripts()))"
    try await Connection.with(try cluster.settings(database: "postgres")) { connection in
      // Another process may be making it; the lock ends with the connection.
      try await connection.query("SELECT pg_advisory_lock(7155)")
      let found = try await connection.query(
        "SELECT datistemplate FROM pg_database WHERE datname = $1", [.value(name)])
      if found.rowCount == 1, try found.read(0, 0, as: Bool.self) { return }
      // One that is no template was left half made.
      try await connection.execute("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
      try await connection.execute("CREATE DATABASE \(name)")
      try await prepareTimescale(cluster, name)
      for script in scripts { try await psql(script, cluster.url(database: name)) }
      // Nobody may be connected to a database that is copied, TimescaleDB's own workers included.
      try await connection.execute("ALTER DATABASE \(name) IS_TEMPLATE true ALLOW_CONNECTIONS false")
      try await connection.query(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", [.value(name)])
    }
    return name
  }

  private static func prepareTimescale(_ cluster: TestCluster, _ name: String) async throws {
    try await Connection.with(try cluster.settings(database: name)) { connection in
      let preloaded = try await connection.query("SHOW shared_preload_libraries").read(0, 0, as: String.self)
      if preloaded.contains("timescaledb") {
        try await connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
      }
    }
  }

  /// The deploy scripts in the order of the plan.
  private static func deployScripts() throws -> [URL] {
    let folder = URL(fileURLWithPath: TestDatabase.repository).appending(path: "migrations")
    let plan = try String(contentsOf: folder.appending(path: "sqitch.plan"), encoding: .utf8)
    return plan.split(separator: "\n").filter { !$0.hasPrefix("%") && !$0.hasPrefix("#") && !$0.hasPrefix("@") }
      .compactMap { $0.split(separator: " ").first }
      .map { folder.appending(path: "deploy/\($0).sql") }
  }

  /// What several deploy scripts include, in the order of the names.
  private static func includedScripts() throws -> [URL] {
    let folder = URL(fileURLWithPath: TestDatabase.repository).appending(path: "migrations/engine")
    return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .sorted { $0.path < $1.path }
  }

  /// FNV-1a over the scripts, 64 bits.
  private static func digest(of scripts: [URL]) throws -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for script in scripts {
      for byte in try Data(contentsOf: script) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    return String(hash, radix: 16)
  }

  /// The scripts use psql's own commands, as Sqitch runs them.
  private static func psql(_ script: URL, _ database: String) async throws {
    let outcome = try await Shell.run(
      "exec psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname \"$1\" --file \"$2\"", [database, script.path])
    guard outcome.status == 0 else { throw SetupFailed(message: "\(script.lastPathComponent): \(outcome.output)") }
  }
}

/// The tests' own PostgreSQL could not be prepared.
struct SetupFailed: Error, CustomStringConvertible {
  let message: String
  var description: String { message }
}
