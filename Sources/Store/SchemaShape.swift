package import Postgres

/// What the schema's large relations are on this database's engine, and what they could be.
package struct SchemaShape: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case table
    case view
    case hypertable(chunks: Int, compressed: Int)
    /// Materialised by TimescaleDB, and refreshed by its job.
    case continuousAggregate
  }

  package struct Relation: Hashable, Sendable {
    package let name: String
    package let kind: Kind
  }

  /// Of schema flux, the tables first.
  package let relations: [Relation]
  /// What this database has, or could have, and the schema does not use, a sentence each: a deployed schema is not
  /// converted in place. Empty where everything is used.
  package let conversionsDue: [String]

  private static let names = [
    "mg_meter_readings", "mg_bess_readings", "market_data", "mg_meter_readings_5m_intermediate",
    "mg_meter_readings_30m_intermediate",
  ]

  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func read(through connection: Connection) async throws -> SchemaShape {
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT array_to_string(ARRAY(SELECT flux_ops.conversion_due()), E'\\n'),
          EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')
        """)
      return SchemaShape(
        relations: try await relations(through: connection, hasTimescaleDB: try reply.read(0, 1)),
        conversionsDue: try reply.read(0, 0, as: String.self).split(separator: "\n").map(String.init))
    } catch { throw NotDeployed.explaining(error) }
  }

  private static func relations(
    through connection: Connection, hasTimescaleDB: Bool
  ) async throws(PostgresError) -> [Relation] {
    var kinds: [String: Kind] = [:]
    let plain = try await connection.query(
      """
      SELECT c.relname::text, c.relkind = 'v' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'flux' AND c.relkind IN ('r', 'v') AND c.relname::text = ANY ($1)
      """, [.array(names)])
    for row in 0..<plain.rowCount {
      kinds[try plain.read(row, 0)] = try plain.read(row, 1, as: Bool.self) ? .view : .table
    }
    if hasTimescaleDB {
      let chunked = try await connection.query(
        """
        SELECT h.hypertable_name::text, h.num_chunks::bigint,
          (SELECT count(*) FROM timescaledb_information.chunks c WHERE c.hypertable_schema = 'flux'
            AND c.hypertable_name = h.hypertable_name AND c.is_compressed)
        FROM timescaledb_information.hypertables h WHERE h.hypertable_schema = 'flux'
        UNION ALL
        SELECT view_name::text, NULL, NULL FROM timescaledb_information.continuous_aggregates
        WHERE view_schema = 'flux'
        """)
      for row in 0..<chunked.rowCount {
        let chunks = try chunked.readOptional(row, 1, as: Int64.self)
        let compressed = try chunked.readOptional(row, 2, as: Int64.self)
        kinds[try chunked.read(row, 0)] =
          chunks.map { .hypertable(chunks: Int($0), compressed: Int(compressed ?? 0)) } ?? .continuousAggregate
      }
    }
    return names.compactMap { name in kinds[name].map { Relation(name: name, kind: $0) } }
  }
}

extension SchemaShape.Kind: CustomStringConvertible {
  /// `hypertable, 12 chunks, 3 of them compressed`.
  package var description: String {
    switch self {
    case .table: "ordinary table"
    case .view: "ordinary view"
    case .continuousAggregate: "continuous aggregate"
    case .hypertable(let chunks, let compressed):
      "hypertable, \(chunks) chunk\(chunks == 1 ? "" : "s"), \(compressed) of them compressed"
    }
  }
}
