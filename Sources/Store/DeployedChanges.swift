package import Postgres

/// The changes that Sqitch has noted in a database: its registry, asked without Sqitch or psql.
package enum DeployedChanges {
  /// - Parameter project: as sqitch.plan names it.
  /// - Returns: in the order in which they were deployed, none where nothing was; nil where the role may not look,
  ///   which a collector's own role need not.
  package static func read(project: String, through connection: Connection) async throws(PostgresError) -> [String]? {
    do throws(PostgresError) {
      // Asked of the catalogue, which everybody may read, whatever they may of the registry.
      let registry = try await connection.query(
        "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'sqitch' AND tablename = 'changes')")
      guard try registry.read(0, 0, as: Bool.self) else { return [] }
      let reply = try await connection.query(
        "SELECT change FROM sqitch.changes WHERE project = $1 ORDER BY committed_at", [.value(project)])
      return try reply.map { (rows, row) throws(PostgresError) in try rows.read(row, 0) }
    } catch {
      guard error.sqlState == "42501" else { throw error }
      return nil
    }
  }
}
