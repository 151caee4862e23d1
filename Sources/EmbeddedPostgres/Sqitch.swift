import Glibc

/// The project's migrations, put into a database by Sqitch.
///
/// Works on any database that libpq can reach. Sqitch itself takes care that two deployments at once follow each other
/// (an advisory lock) and, where a change fails, that the changes of the same run are taken back.
package struct Sqitch: Sendable {
  /// The folder that holds sqitch.plan.
  package let migrations: String
  private let environment: [String: String]

  /// - Parameter environment: The process's: PATH, HOME and PG… variables count.
  package init(migrations: String, environment: [String: String]) {
    self.migrations = StateFolder(path: migrations).path
    self.environment = environment
  }

  /// Where a database stands against the plan.
  package struct Status: Sendable, Equatable {
    /// Names of changes, in the order in which they were deployed.
    package let deployed: [String]
    /// Names of changes of the plan that the database lacks, in the plan's order.
    package let pending: [String]
    package var isDeployed: Bool { pending.isEmpty }
  }

  /// Deploys what is pending and verifies it; where nothing is, asks the database once and runs no Sqitch.
  ///
  /// - Parameter database: A libpq URI or keyword string; nil where PG… variables or a service file name one.
  /// - Returns: The names of the changes that were deployed, by this run or by one at the same time.
  /// - Throws: `SqitchError`; `CancellationError`.
  @discardableResult package func deploy(to database: String?) async throws -> [String] {
    let pending = try await status(of: database).pending
    guard !pending.isEmpty else { return [] }
    guard let found = executable("sqitch"), let client = try await clientFolder() else {
      throw SqitchError.notInstalled(program: executable("sqitch") == nil ? "sqitch" : "psql")
    }
    let program = Program(
      name: "sqitch", folder: client + ":" + found, account: nil, environment: try variables(for: database))
    let result = try await program.run(["deploy", "--chdir", migrations, "--target", "db:pg:", "--verify"])
    guard !result.succeeded else { return pending }
    // Another command may have deployed the same between our look and Sqitch's lock.
    if try await status(of: database).isDeployed { return pending }
    throw SqitchError.failed(message: result.reason)
  }

  /// Compares the plan with the registry in the database.
  ///
  /// - Throws: `SqitchError.unreachable` with the server's words, `.newer` where the database has changes that the
  ///   plan does not know; `CancellationError`.
  package func status(of database: String?) async throws -> Status {
    let plan = try Plan(folder: migrations)
    guard let client = try await clientFolder() else { throw SqitchError.notInstalled(program: "psql") }
    let psql = Program(name: "psql", folder: client, account: nil, environment: try variables(for: database))
    let result = try await psql.run(
      ["-X", "-w", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-v", "project=" + plan.project, "-f", "-"],
      input: """
        SELECT to_regclass('sqitch.changes') IS NOT NULL AS deployed \\gset
        \\if :deployed
        SELECT change FROM sqitch.changes WHERE project = :'project' ORDER BY committed_at;
        \\endif

        """)
    guard result.succeeded else { throw SqitchError.unreachable(message: result.reason) }
    return try plan.status(deployed: result.output.split(separator: "\n").map(String.init))
  }

  /// Compares the plan with what somebody else has read in the registry; runs no program.
  ///
  /// - Parameter read: given the plan's project, the names of its changes in the order in which they were deployed; nil
  ///   where that may not be read.
  /// - Throws: `SqitchError.noPlan`, `.newer`, and what `read` throws.
  package func status(read: (_ project: String) async throws -> [String]?) async throws -> Status? {
    let plan = try Plan(folder: migrations)
    return try await read(plan.project).map(plan.status(deployed:))
  }

  // MARK: - Programs

  /// The folder of psql, the server's own before Debian's wrapper, which takes ten times as long to start.
  private func clientFolder() async throws -> String? {
    do {
      if let binaries = try await Binaries.find(environment: environment) { return binaries.folder }
    } catch is ClusterError {
      // A machine that only reaches another's server has no initdb; a psql is enough.
    }
    return executable("psql")
  }

  /// The folder of PATH that holds `name`.
  private func executable(_ name: String) -> String? {
    path.split(separator: ":").map(String.init).first { $0.hasPrefix("/") && access($0 + "/" + name, X_OK) == 0 }
  }

  private var path: String { environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin" }

  /// The caller's environment, in which a database given by its address replaces what names another one.
  private func variables(for database: String?) throws(SqitchError) -> [String: String] {
    var variables = environment
    variables["PATH"] = path
    variables["LC_ALL"] = "C.UTF-8"
    variables["LANGUAGE"] = nil
    // Sqitch would prefer these to what we ask for.
    for name in ["SQITCH_TARGET", "SQITCH_USERNAME", "SQITCH_PASSWORD", "SQITCH_CONFIG"] { variables[name] = nil }
    guard let database else { return variables }
    for name in ["PGSERVICE", "PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER"] { variables[name] = nil }
    do {
      return variables.merging(try DatabaseURL(database).variables) { _, given in given }
    } catch {
      throw .address(error)
    }
  }
}

extension Plan {
  /// - Parameter deployed: names of changes, in the order in which they were deployed.
  /// - Throws: ``SqitchError/newer`` where the plan does not know one; ``SqitchError/failed`` for another order.
  fileprivate func status(deployed: [String]) throws(SqitchError) -> Sqitch.Status {
    guard changes.starts(with: deployed) else {
      let unknown = deployed.filter { !changes.contains($0) }
      throw unknown.isEmpty
        ? SqitchError.failed(message: "the database's changes are not in the plan's order: sqitch status tells more")
        : SqitchError.newer(changes: unknown)
    }
    return Sqitch.Status(deployed: deployed, pending: Array(changes.dropFirst(deployed.count)))
  }
}

/// What went wrong between the migrations and a database; no password is ever part of it.
package enum SqitchError: Error, Equatable, CustomStringConvertible {
  case notInstalled(program: String)
  case address(DatabaseURL.Malformed)
  case noPlan(folder: String)
  /// The server could not be reached or refused the question, in its own words.
  case unreachable(message: String)
  /// The database has changes that this program's plan does not have.
  case newer(changes: [String])
  case failed(message: String)

  package var description: String {
    switch self {
    case .notInstalled("sqitch"):
      return "the database's schema is deployed by sqitch, which is not installed: "
        + "apt-get install sqitch libdbd-pg-perl postgresql-client"
    case .notInstalled(let program):
      return "\(program) is not installed: apt-get install postgresql-client"
    case .address(let malformed):
      return malformed.description
    case .noPlan(let folder):
      return "\(folder) has no readable sqitch.plan: name the folder of migrations, or FLUX_SHARE_DIR above it"
    case .unreachable(let message):
      return "the database did not answer: \(message)"
    case .newer(let changes):
      return "the database was deployed by a newer flux-market (it has \(changes.joined(separator: ", "))): "
        + "use that version, or another database"
    case .failed(let message):
      return "deploying the schema failed, and what this run had changed was taken back: \(message)"
    }
  }
}
