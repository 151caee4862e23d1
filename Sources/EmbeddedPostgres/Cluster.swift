import Glibc

/// The private database server that a state folder holds: made at the first start, found again at every later one.
///
/// It listens on a unix socket alone, outlives the command that started it, and is left running between commands.
/// Any number of processes may call any of this at once; each may be killed at any instant.
///
///     <state folder>/postgres.lock        held while one command makes, starts or stops the server
///     <state folder>/postgres/data        the cluster; `data.partial` while initdb makes it
///     <state folder>/postgres/socket      or /tmp/flux-market-… where that path is too long for a socket
///     <state folder>/postgres/server.log
package struct Cluster: Sendable {
  package let state: StateFolder
  /// The databases that every cluster has: real values, and the made-up ones of the simulator, never mixed.
  package static let databases = ["flux", "flux_simulated"]

  private let environment: [String: String]
  private var folder: String { state.path + "/postgres" }
  private var data: DataFolder { DataFolder(path: folder + "/data") }
  package var logFile: String { folder + "/server.log" }

  /// - Parameter environment: FLUX_POSTGRES_BIN and PATH say where PostgreSQL is installed.
  package init(state: StateFolder, environment: [String: String]) {
    self.state = state
    self.environment = environment
  }

  // MARK: - Start

  /// Starts the server, making the cluster first where there is none; does nothing but look where it already runs.
  ///
  /// - Returns: How to reach it; it accepts connections by then and has all of `databases`.
  /// - Throws: `ClusterError`; `CancellationError`.
  package func start() async throws -> ConnectionInfo {
    if let info = try running() { return info }
    guard !state.path.contains(where: { "\"$`\\\n".contains($0) }) else { throw ClusterError.unusablePath(state.path) }
    try state.create()
    return try await FileLock(path: state.path + "/postgres.lock").whileHeld {
      let owner = try ServerOwner(of: folder)
      try await owner.ensureSearchable(state.path)
      try owner.takePrivately(folder)
      let binaries = try await makeIfMissing(owner: owner)
      if let info = try await ready(binaries) {
        if isReachable(info) { return info }
        // Somebody cleaned up /tmp: the server lives on, and nobody will ever reach it again.
        try await halt(owner: owner, binaries: binaries)
      }
      try await launch(owner: owner, binaries: binaries)
      guard let info = try await ready(binaries) else {
        throw ClusterError.program(name: "postgres", message: "the server ended right after its start", log: logFile)
      }
      try await createMissingDatabases(info, binaries: binaries)
      return info
    }
  }

  /// The server, if it runs and accepts connections: two small files read, no program run, no lock taken.
  private func running() throws -> ConnectionInfo? {
    guard case .alive(let postmaster) = data.life, postmaster.status == "ready", let version = data.majorVersion
    else { return nil }
    let info = info(postmaster, version)
    return isReachable(info) ? info : nil
  }

  private func isReachable(_ info: ConnectionInfo) -> Bool {
    access("\(info.socketFolder)/.s.PGSQL.\(info.port)", W_OK) == 0
  }

  private func info(_ postmaster: DataFolder.Postmaster, _ majorVersion: Int) -> ConnectionInfo {
    ConnectionInfo(
      socketFolder: postmaster.socketFolder, port: postmaster.port, user: ClusterMaking.superuser,
      majorVersion: majorVersion, processID: postmaster.processID)
  }

  private func makeIfMissing(owner: ServerOwner) async throws -> Binaries {
    if let version = data.majorVersion {
      return try await binaries(of: version)
    }
    guard FileFacts(data.path) == nil else { throw ClusterError.notACluster(data: data.path) }
    guard let newest = try await Binaries.find(environment: environment) else {
      throw ClusterError.notInstalled(searched: [])
    }
    try await ClusterMaking(folder: folder, owner: owner, binaries: newest).make(data: data.path)
    return newest
  }

  private func binaries(of version: Int) async throws -> Binaries {
    if let found = try await Binaries.find(environment: environment, majorVersion: version) { return found }
    let installed = try await Binaries.installed(environment: environment).map(\.majorVersion)
    throw ClusterError.otherMajorVersion(cluster: version, data: data.path, installed: installed)
  }

  private func launch(owner: ServerOwner, binaries: Binaries) async throws {
    if case .stale(numberTaken: true) = data.life {
      // The server would take the process that has this number now for its predecessor and refuse. Another server of
      // this folder there is not: PostgreSQL still looks for one by its shared memory.
      _ = try await Program(name: "rm", folder: nil, account: owner.account).run(["-f", data.path + "/postmaster.pid"])
    }
    let socket = SocketFolder.path(in: folder)
    try SocketFolder.prepare(socket, for: owner)
    rotateLog()
    let deadline = ContinuousClock.now + .seconds(15)
    while true {
      let seen = logSize
      // What must hold whatever postgresql.conf says by now: no TCP, and the socket where our URL says it is.
      let started = try await binaries.program("pg_ctl", as: owner.account).run([
        "start", "--silent", "--wait", "--timeout=120", "--pgdata=" + data.path, "--log=" + logFile,
        "--options=-h '' -k \(socket) -p 5432",
      ])
      if started.succeeded { return }
      let log = Program.Result(succeeded: false, output: "", errors: contents(of: logFile, from: seen) ?? "")
      // Children of a killed server that have not yet noticed; they end by themselves.
      if log.errors.contains("shared memory block") && ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(200))
        continue
      }
      throw ClusterError.program(
        name: "pg_ctl start", message: log.errors.isEmpty ? started.reason : log.reason, log: logFile)
    }
  }

  /// Waits until the living server says that it is ready; nil where there is none, or none any more.
  private func ready(_ binaries: Binaries) async throws -> ConnectionInfo? {
    let deadline = ContinuousClock.now + .seconds(120)
    while ContinuousClock.now < deadline {
      guard case .alive(let postmaster) = data.life else { return nil }
      if postmaster.status == "ready" { return info(postmaster, binaries.majorVersion) }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw ClusterError.program(name: "postgres", message: "the server has been starting for two minutes", log: logFile)
  }

  private func createMissingDatabases(_ info: ConnectionInfo, binaries: Binaries) async throws {
    let psql = binaries.program("psql", as: nil)
    func run(_ sql: String) async throws -> String {
      let result = try await psql.run([
        "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", info.url(database: "postgres"), "-c", sql,
      ])
      guard result.succeeded else {
        throw ClusterError.program(name: "psql", message: result.reason, log: logFile)
      }
      return result.output
    }
    let there = try await run("SELECT datname FROM pg_database").split(separator: "\n").map(String.init)
    for name in Self.databases where !there.contains(name) { _ = try await run("CREATE DATABASE \"\(name)\"") }
  }

  private var logSize: Int {
    var facts = stat()
    return lstat(logFile, &facts) == 0 ? Int(facts.st_size) : 0
  }

  /// One file before this one is kept, so that the log of a server that runs for years stays below 20 MB or so.
  private func rotateLog() {
    if logSize > 10_000_000 { rename(logFile, logFile + ".1") }
  }

  // MARK: - Stop

  /// Stops the server: open transactions are rolled back, connections end, everything is on disk.
  ///
  /// - Returns: False where none ran.
  /// - Throws: `ClusterError`; `CancellationError`.
  @discardableResult package func stop() async throws -> Bool {
    guard FileFacts(data.path) != nil else { return false }
    return try await FileLock(path: state.path + "/postgres.lock").whileHeld {
      let owner = try ServerOwner(of: folder)
      guard case .alive = data.life, let version = data.majorVersion else { return false }
      try await halt(owner: owner, binaries: try await binaries(of: version))
      return true
    }
  }

  private func halt(owner: ServerOwner, binaries: Binaries) async throws {
    let stopped = try await binaries.program("pg_ctl", as: owner.account)
      .run(["stop", "--silent", "--wait", "--mode=fast", "--timeout=60", "--pgdata=" + data.path])
    guard stopped.succeeded else {
      throw ClusterError.program(name: "pg_ctl stop", message: stopped.reason, log: logFile)
    }
  }

  // MARK: - Status

  package enum Status: Sendable, Equatable {
    /// Nothing made yet.
    case absent
    case stopped(majorVersion: Int)
    /// Gone without a goodbye; the next start recovers it.
    case crashed(majorVersion: Int)
    /// Starting or stopping.
    case changing(majorVersion: Int)
    case running(ConnectionInfo)
  }

  /// What there is, without changing anything.
  ///
  /// - Throws: `ClusterError.notOurs` where another user's cluster is in the folder, `.file` where it cannot be seen.
  package func status() throws(ClusterError) -> Status {
    guard FileFacts(folder) != nil else {
      if errno == EACCES { throw .file("look into", folder) }
      return .absent
    }
    _ = try ServerOwner(of: folder)
    guard let version = data.majorVersion else { return .absent }
    switch data.life {
    case .none: return .stopped(majorVersion: version)
    case .stale: return .crashed(majorVersion: version)
    case .alive(let postmaster) where postmaster.status == "ready": return .running(info(postmaster, version))
    case .alive: return .changing(majorVersion: version)
    }
  }
}
