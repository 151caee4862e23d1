package import Market
package import Postgres

/// What whoever watches wants to know of the database itself.
package struct ServerFacts: Hashable, Sendable {
  /// `150020` for 15.20.
  package let version: Int
  package let role: String
  /// Whether the role may do all that a collector does; nil where the schema is not there.
  package let mayCollect: Bool?
  /// Whether it may read; nil where the schema is not there.
  package let mayRead: Bool?
  /// A standby, or a session that may not write.
  package let isReadOnly: Bool
  /// This machine's clock minus the database's, to half the time that the question took.
  package let clockDifference: Duration

  /// - Parameter now: this machine's clock.
  package static func read(
    through connection: Connection, now: @Sendable () -> Instant
  ) async throws(PostgresError) -> ServerFacts {
    let asked = now()
    let reply = try await connection.query(
      """
      SELECT current_setting('server_version_num')::integer, current_user::text,
        has_schema_privilege(o.oid, 'USAGE')
          AND has_table_privilege(to_regclass('flux_ops.feed_state'), 'INSERT, UPDATE')
          AND has_table_privilege(to_regclass('flux.market_data'), 'INSERT')
          AND (SELECT bool_and(has_function_privilege(p.oid, 'EXECUTE')) FROM pg_proc p
            WHERE p.pronamespace IN (f.oid, o.oid)
              AND p.proname IN ('insert_market_data_batch', 'record_coverage', 'record_rejects', 'record_flags')),
        has_schema_privilege(f.oid, 'USAGE') AND has_table_privilege(to_regclass('flux.market_data'), 'SELECT'),
        pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean, clock_timestamp()
      FROM (SELECT to_regnamespace('flux')::oid) f(oid), (SELECT to_regnamespace('flux_ops')::oid) o(oid)
      """)
    let answered = now()
    let middle = asked.advanced(by: answered.since(asked) / 2)
    return ServerFacts(
      version: Int(try reply.read(0, 0, as: Int32.self)), role: try reply.read(0, 1),
      mayCollect: try reply.readOptional(0, 2), mayRead: try reply.readOptional(0, 3),
      isReadOnly: try reply.read(0, 4), clockDifference: middle.since(try reply.instant(0, 5)))
  }
}

/// Who keeps this database from clearing up: the holder of its oldest snapshot.
package struct OldestSnapshot: Hashable, Sendable {
  package let processID: Int32
  package let application: String
  package let role: String
  /// `active`, `idle in transaction`, …
  package let state: String
  /// Since its transaction began.
  package let age: Duration

  /// - Returns: nil where nobody but the caller holds one, as far as the caller's role may see: that of others it sees as
  ///   a superuser or with pg_read_all_stats.
  package static func read(through connection: Connection) async throws(PostgresError) -> OldestSnapshot? {
    let reply = try await connection.query(
      """
      SELECT pid, coalesce(application_name, ''), coalesce(usename::text, ''), coalesce(state, ''),
        (extract(epoch FROM clock_timestamp() - xact_start) * 1000000)::bigint
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

/// What `flux_ops.self_test()` found: whether this engine gives the newest revision where it is asked for.
package struct SelfTest: Hashable, Sendable {
  package let name: String
  package let isOK: Bool
  package let says: String

  /// - Returns: nil where the role may not run it; it is the owner's, since it writes trial rows and takes them back.
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func run(through connection: Connection) async throws -> [SelfTest]? {
    do throws(PostgresError) {
      let reply = try await connection.query("SELECT name, is_ok, says FROM flux_ops.self_test()")
      return try reply.map { (rows, row) throws(PostgresError) in
        SelfTest(name: try rows.read(row, 0), isOK: try rows.read(row, 1), says: try rows.read(row, 2))
      }
    } catch {
      guard error.sqlState != "42501" else { return nil }
      throw NotDeployed.explaining(error)
    }
  }
}
