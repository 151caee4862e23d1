import Glibc

/// Makes a new cluster beside its final place and moves it there whole: an initdb that was killed leaves no half.
struct ClusterMaking {
  static let superuser = "postgres"

  /// The owner's private folder, in which `data` will lie.
  let folder: String
  let owner: ServerOwner
  let binaries: Binaries

  /// What differs from PostgreSQL's own defaults; the user's lines after it win.
  static let settings = """

    #------------------------------------------------------------------------------
    # flux-market: a private server of one machine. Lines added below win.
    #------------------------------------------------------------------------------
    # Where it listens is given at start: one unix socket, no TCP.
    unix_socket_permissions = 0700
    cluster_name = 'flux-market'
    shared_buffers = 64MB
    max_wal_size = 512MB
    # Indexes are read from memory or flash; with the default 4 the planner prefers to read too many rows.
    random_page_cost = 1.1
    timezone = 'UTC'
    log_timezone = 'UTC'
    log_line_prefix = '%m [%p] %q%u@%d '
    log_checkpoints = off

    """

  /// - Throws: `ClusterError.program` with initdb's own words, `.file`.
  func make(data: String) async throws {
    let partial = data + ".partial"
    // As the owner, here and below: root does not touch what lies in a folder that somebody else may write.
    try await run(Program(name: "rm", folder: nil, account: owner.account), ["-rf", "--one-file-system", partial])
    // C: bytes compare as bytes, on every machine alike, and no upgrade of a library breaks an index.
    try await run(
      binaries.program("initdb", as: owner.account),
      [
        "--pgdata=" + partial, "--username=" + Self.superuser, "--encoding=UTF8", "--locale=C", "--auth-local=trust",
        "--auth-host=reject", "--no-instructions",
      ])
    try await run(
      Program(name: "tee", folder: nil, account: owner.account), ["--append", partial + "/postgresql.conf"],
      input: Self.settings)
    guard rename(partial, data) == 0 else { throw ClusterError.file("move into place", partial) }
  }

  private func run(_ program: Program, _ arguments: [String], input: String = "") async throws {
    let result = try await program.run(arguments, input: input)
    guard result.succeeded else { throw ClusterError.program(name: program.name, message: result.reason, log: nil) }
  }
}
