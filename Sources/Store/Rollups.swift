package import Market
package import Postgres

/// The roll-ups of the meters: flux.mg_meter_readings_5m_intermediate and its 30-minute sibling.
package enum Rollups {
  /// Brings a window up to date at once, by whole buckets; outside a transaction, since the procedure has its own.
  ///
  /// - Returns: false where there is nothing to do: ordinary views are computed when they are read.
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func refresh(_ window: Window, through connection: Connection) async throws -> Bool {
    do throws(PostgresError) {
      try await connection.query(
        "CALL flux.refresh_rollups($1, $2)", [.value(Timestamp(window.from)), .value(Timestamp(window.to))])
      return try await SchemaShape.read(through: connection).relations.contains { $0.kind == .continuousAggregate }
    } catch { throw NotDeployed.explaining(error) }
  }
}
