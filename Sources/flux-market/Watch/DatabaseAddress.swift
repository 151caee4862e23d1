import EmbeddedPostgres
import Postgres

/// Where the database is, for commands that look and never start one.
struct DatabaseAddress {
  /// nil where it is the embedded one and does not run.
  let settings: ConnectionSettings?
  let finding: Finding

  /// - Throws: `PostgresError` of kind `settings`, `CredentialSetting.Unreadable`, `ClusterError`.
  init(_ program: Settings, simulated: Bool) throws {
    if !simulated, let configured = try program.configuredDatabase() {
      let settings = try ConnectionSettings(configured)
      self.settings = settings
      finding = .ok("database", "configured, \(settings)")
      return
    }
    let status = try Cluster(state: program.state, environment: program.environment).status()
    if case .running(let info) = status {
      settings = try ConnectionSettings(info.url(database: DatabaseAccess.embeddedName(simulated: simulated)))
      finding = .ok("database", "embedded, running in \(program.state.path)")
    } else {
      settings = nil
      finding = .failed(
        "database", "embedded, \(status.words)",
        toDo: "`flux-market db up` starts it; so does each command that needs it", .unavailable)
    }
  }
}

extension Cluster.Status {
  var words: String {
    switch self {
    case .absent: "not made yet"
    case .stopped(let version): "stopped (PostgreSQL \(version))"
    case .crashed(let version): "ended without being stopped (PostgreSQL \(version))"
    case .changing(let version): "starting or stopping (PostgreSQL \(version))"
    case .running: "running"
    }
  }
}
