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
  /// TimescaleDB is in this database, or the server has preloaded it, and its licence has continuous aggregates.
  package let canUseTimescaleDB: Bool
  /// The toolkit's `counter_agg` is in this database.
  package let hasToolkit: Bool
  /// The roll-ups' counters are made by flux.counter_agg, not by the toolkit.
  package let hasOwnCounters: Bool

  /// Why the data should move to a database that is deployed anew: a deployed one is not converted in place. Empty
  /// where everything that the engine has is used.
  package var conversionsDue: [String] {
    var due: [String] = []
    let tables = relations.filter { $0.kind == .table }.map(\.name)
    let views = relations.filter { $0.kind == .view }.map(\.name)
    if canUseTimescaleDB, !tables.isEmpty || !views.isEmpty {
      let parts = [
        tables.isEmpty ? nil : "\(tables.joined(separator: ", ")): ordinary tables",
        views.isEmpty ? nil : "\(views.joined(separator: ", ")): ordinary views",
      ]
      due.append("TimescaleDB is here and not used (\(parts.compactMap { $0 }.joined(separator: "; ")))")
    }
    if hasToolkit, hasOwnCounters { due.append("the toolkit is here, and the roll-ups use flux.counter_agg") }
    return due
  }

  private static let names = [
    "mg_meter_readings", "mg_bess_readings", "market_data", "mg_meter_readings_5m_intermediate",
    "mg_meter_readings_30m_intermediate",
  ]

  package static func read(through connection: Connection) async throws(PostgresError) -> SchemaShape {
    let reply = try await connection.query(
      """
      SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb'),
        (EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')
          OR EXISTS (SELECT FROM pg_settings WHERE name = 'timescaledb.disable_load')
            AND EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb'))
          -- Without the extension its library tells no licence, and the default has everything.
          AND coalesce(nullif(current_setting('timescaledb.license', true), ''), 'timescale') = 'timescale'
          AND coalesce(current_setting('flux.timescaledb', true), '') NOT IN ('off', 'false', 'no', '0'),
        EXISTS (SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
          WHERE p.proname = 'counter_agg' AND p.prokind = 'a' AND n.nspname NOT IN ('flux', 'flux_ops')
            AND n.nspname !~ '^pg_'),
        to_regtype('flux.countersummary') IS NOT NULL
      """)
    let found = try await relations(through: connection, asTimescaleDBSaysToo: try reply.read(0, 0))
    return SchemaShape(
      relations: found, canUseTimescaleDB: try reply.read(0, 1), hasToolkit: try reply.read(0, 2),
      hasOwnCounters: try reply.read(0, 3))
  }

  private static func relations(
    through connection: Connection, asTimescaleDBSaysToo: Bool
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
    if asTimescaleDBSaysToo {
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
