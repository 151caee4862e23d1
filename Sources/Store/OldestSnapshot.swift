package import Postgres

/// Who keeps this database from clearing up: the holder of its oldest snapshot.
package struct OldestSnapshot: Hashable, Sendable {
  package let processID: Int32
  package let application: String
  package let role: String
  /// `active`, `idle in transaction`, …
  package let state: String
  /// Since its transaction began.
  package let age: Duration

  /// - Returns: nil where nobody but the caller holds one, as far as the caller's role may see: that of others it sees
  ///   as a superuser or with pg_read_all_stats.
  package static func read(through connection: Connection) async throws(PostgresError) -> OldestSnapshot? {
    let reply = try await connection.query(
      """
      SELECT pid, coalesce(application_name, ''), coalesce(usename::text, ''), coalesce(state, ''),
        \(microseconds("clock_timestamp() - xact_start"))
      FROM pg_stat_activity
      WHERE datname = current_database() AND backend_xmin IS NOT NULL AND pid <> pg_backend_pid()
        AND xact_start IS NOT NULL
      ORDER BY age(backend_xmin) DESC, xact_start LIMIT 1
      """)
    return try reply.map { (rows, row) throws(PostgresError) in
      OldestSnapshot(
        processID: try rows.read(row, 0), application: try rows.read(row, 1), role: try rows.read(row, 2),
        state: try rows.read(row, 3), age: .microseconds(try rows.read(row, 4, as: Int64.self)))
    }.first
  }
}
