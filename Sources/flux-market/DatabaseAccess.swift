import ArgumentParser
import EmbeddedPostgres
import Market
import Postgres
import Store

/// Which database a command reads or writes.
struct DatabaseOptions: ParsableArguments {
  @Flag(help: "Use the database of simulated, made-up values instead of the real one.")
  var simulated = false
}

/// The database that a command uses: the configured one, else the embedded one, started where it is not running.
struct DatabaseAccess: Sendable {
  let settings: ConnectionSettings
  let isEmbedded: Bool
  /// Made-up values only.
  let isSimulated: Bool

  /// A database of our own is brought to the newest schema; one that somebody configured is changed only by
  /// `db deploy`.
  ///
  /// - Throws: `ClusterError`, `SqitchError`, `PostgresError` for a connection string that cannot be read.
  init(_ program: Settings, simulated: Bool) async throws {
    isSimulated = simulated
    if simulated { tell("SIMULATED: made-up values, from a database of their own") }
    if !simulated, let configured = try program.configuredDatabase() {
      settings = try ConnectionSettings(configured)
      isEmbedded = false
      return
    }
    let cluster = Cluster(state: program.state, environment: program.environment)
    let url = try await cluster.start().url(database: Self.embeddedName(simulated: simulated))
    settings = try ConnectionSettings(url)
    isEmbedded = true
    let deployed = try await Sqitch(migrations: program.migrationsFolder, environment: program.environment)
      .deploy(to: url)
    if !deployed.isEmpty { tell("database: \(counted(deployed.count, "migration")) deployed") }
  }

  static func embeddedName(simulated: Bool) -> String { simulated ? "flux_simulated" : "flux" }

  /// For those who write: a statement or a lock that takes so long is given up, and tried again by whoever needs it.
  var writing: ConnectionSettings {
    var settings = settings
    settings.statementTimeout = .minutes(2)
    settings.lockTimeout = .seconds(30)
    return settings
  }

  /// Connects, lends the connection to `body`, and closes it.
  func with<T: Sendable>(_ body: @Sendable (Connection) async throws -> T) async throws -> T {
    try await Connection.with(settings, body)
  }

  /// The same with several connections, which are made at the same time.
  func with<T: Sendable>(
    connections count: Int, _ body: ([Connection]) async throws -> T
  ) async throws -> T {
    let connections = try await withThrowingTaskGroup(of: Connection.self) { [settings] group in
      for _ in 0..<count { group.addTask { try await Connection.open(settings) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    do {
      let value = try await body(connections)
      for connection in connections { await connection.close() }
      return value
    } catch {
      for connection in connections { await connection.close() }
      throw error
    }
  }

  /// The signals that this database knows.
  ///
  /// - Throws: `NotDeployed`, `PostgresError`.
  func signals() async throws -> [Signal] {
    try await with { try await SignalTable.read(through: $0).signals }
  }
}

/// The signals that feed files are checked against where nothing is loaded: those of the database where one is
/// configured or running, else the standard ones.
///
/// Never starts a database: checking a file must work without one.
func knownSignals(_ program: Settings) async throws -> [Signal] {
  guard let database = try DatabaseAddress(program, simulated: false).settings else { return Signal.standard }
  do {
    return try await Connection.with(database) {
      try await SignalTable.read(through: $0).signals
    }
  } catch {
    tell("note: known are the standard signals alone, since \(error)")
    return Signal.standard
  }
}
