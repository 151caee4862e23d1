import Foundation
internal import Postgres

/// The PostgreSQL that a test process uses: the one of FLUX_TEST_DATABASE_URL (a superuser's), else a private one that
/// ends with the process, whatever ends that.
package struct TestCluster: Sendable {
  /// Parts of a connection string, without the database.
  private let base: String
  private let templates: Templates

  package static func shared() async throws -> TestCluster { try await starting.value }

  /// Started once for a process, by whichever test comes first.
  private static let starting = Task<TestCluster, any Error> {
    let cluster: TestCluster
    if let given = ProcessInfo.processInfo.environment["FLUX_TEST_DATABASE_URL"], !given.isEmpty {
      cluster = TestCluster(base: given, templates: Templates())
    } else {
      let folder = try await PrivateServer.start()
      cluster = TestCluster(base: "host=\(folder) user=postgres", templates: Templates())
    }
    try await cluster.sayEngine()
    return cluster
  }

  /// The connection string for one of its databases.
  package func url(database: String) -> String {
    guard base.hasPrefix("postgres://") || base.hasPrefix("postgresql://") else { return "\(base) dbname=\(database)" }
    guard var parts = URLComponents(string: base) else { return base }
    parts.path = "/\(database)"
    return parts.string ?? base
  }

  func settings(database: String) throws -> ConnectionSettings {
    try ConnectionSettings(url(database: database), applicationName: "flux-market tests")
  }

  /// The migrated database that tests copy.
  func template() async throws -> String { try await templates.template(in: self) }

  private func sayEngine() async throws {
    try await Connection.with(try settings(database: "postgres")) { connection in
      let preloaded = try await connection.query("SHOW shared_preload_libraries").read(0, 0, as: String.self)
      let timescale = try await connection.query(
        "SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb'")
      var engine = "PostgreSQL \(await connection.serverVersion), "
      if preloaded.contains("timescaledb"), timescale.rowCount == 1 {
        engine += "TimescaleDB \(try timescale.read(0, 0, as: String.self))"
      } else {
        engine += "without TimescaleDB"
      }
      FileHandle.standardError.write(Data("tests run on \(engine)\n".utf8))
    }
  }

  private init(base: String, templates: Templates) {
    self.base = base
    self.templates = templates
  }
}
