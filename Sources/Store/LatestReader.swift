package import Market
package import Postgres

/// The newest value of each signal: the view `flux.market_data_latest`.
package struct LatestReader: Sendable {
  package struct Value: Hashable, Sendable {
    package let signal: Signal
    package let time: Instant
    package let value: Float
    /// A JSON object; nil where the feed declares none.
    package let metadata: String?
    package let observedAt: Instant?
    /// From `time` to now, by the database's clock.
    package let age: Duration
  }

  private let connection: Connection

  package init(connection: Connection) { self.connection = connection }

  /// - Parameter signals: their ids; nil for all. A signal without a value has no row.
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package func read(signals: [Int32]? = nil) async throws -> [Value] {
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT type, name, coalesce(unit, ''), "time", value, metadata::text, observed_at,
          (extract(epoch FROM now() - "time") * 1000000)::bigint
        FROM flux.market_data_latest
        WHERE "time" IS NOT NULL AND ($1::integer[] IS NULL OR type = ANY($1)) ORDER BY type
        """, [signals.map { .array($0) } ?? .null])
      return try reply.map { (rows, row) throws(PostgresError) in
        Value(
          signal: Signal(id: try rows.read(row, 0), name: try rows.read(row, 1), unit: Unit(try rows.read(row, 2))),
          time: try rows.instant(row, 3), value: try rows.read(row, 4), metadata: try rows.readOptional(row, 5),
          observedAt: try rows.optionalInstant(row, 6), age: .microseconds(try rows.read(row, 7, as: Int64.self)))
      }
    } catch { throw NotDeployed.explaining(error) }
  }
}
