package import Postgres

/// What the database is made of. Asked once; it changes only with a deployment.
package struct Engine: Hashable, Sendable, CustomStringConvertible {
  /// `15.20`.
  package let postgres: String
  /// nil where the extension is not in this database.
  package let timescaleDB: String?
  package let toolkit: String?

  package static func read(through connection: Connection) async throws(PostgresError) -> Engine {
    let reply = try await connection.query(
      """
      SELECT split_part(current_setting('server_version'), ' ', 1),
        (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'),
        (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb_toolkit')
      """)
    return Engine(
      postgres: try reply.read(0, 0), timescaleDB: try reply.readOptional(0, 1), toolkit: try reply.readOptional(0, 2))
  }

  /// `PostgreSQL 15.20, TimescaleDB 2.27.2, toolkit 1.21.0`.
  package var description: String {
    ["PostgreSQL \(postgres)", timescaleDB.map { "TimescaleDB \($0)" }, toolkit.map { "toolkit \($0)" }]
      .compactMap { $0 }.joined(separator: ", ")
  }
}
