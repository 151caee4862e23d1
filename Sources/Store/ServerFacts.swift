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
