internal import Postgres

extension Loader {
  /// Lends itself for thousands of small loads: they commit without waiting for the disk, and it waits for all of them
  /// at the end.
  ///
  /// What `body` loaded may be lost where the server's machine goes down meanwhile, the last loads first: it is for
  /// what can be loaded again.
  package func waitingOnce<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
    try await connection.execute("SET synchronous_commit = off")
    do {
      let value = try await body()
      try await waitForDisk()
      return value
    } catch {
      // What went in before is no less there.
      try? await waitForDisk()
      throw error
    }
  }

  private func waitForDisk() async throws {
    try await connection.execute("SET synchronous_commit TO DEFAULT")
    // A commit that has written something waits until all that was written before it is on the disk.
    try await connection.execute("SELECT pg_catalog.pg_logical_emit_message(true, 'flux', 'all is loaded')")
  }
}
