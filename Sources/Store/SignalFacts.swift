package import Market
package import Postgres

/// What is known of a signal beside its values.
package struct SignalFacts: Hashable, Sendable {
  package let signal: Signal
  package let description: String?
  /// Those that promise a value for every half hour, by id.
  package let feeds: [String]
  /// The oldest and the newest time that is stored, the newest at or before now; nil without a value.
  package let first: Instant?
  package let newest: Instant?

  /// All signals, by id.
  ///
  /// - Returns: the database's clock, too.
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func read(through connection: Connection) async throws -> (facts: [SignalFacts], now: Instant) {
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT t.id, t.name, coalesce(t.unit, ''), t.description,
          (SELECT string_agg(f.feed, ',' ORDER BY f.feed) FROM flux.feed_signal f
            WHERE f.type = t.id AND f.cadence = interval '30 minutes'),
          CASE WHEN l."time" IS NOT NULL THEN flux.known_since(t.id, '{}') END, l."time", now()
        FROM flux.market_data_types t JOIN flux.market_data_latest l ON l.type = t.id ORDER BY t.id
        """)
      let facts = try reply.map { (rows, row) throws(PostgresError) in
        SignalFacts(
          signal: Signal(id: try rows.read(row, 0), name: try rows.read(row, 1), unit: Unit(try rows.read(row, 2))),
          description: try rows.readOptional(row, 3),
          feeds: try rows.readOptional(row, 4, as: String.self)?.split(separator: ",").map(String.init) ?? [],
          first: try rows.optionalInstant(row, 5), newest: try rows.optionalInstant(row, 6))
      }
      let now = reply.rowCount == 0 ? try await connection.now() : try reply.instant(0, 7)
      return (facts, now)
    } catch { throw NotDeployed.explaining(error) }
  }
}

/// How fresh a signal is.
package struct Freshness: Hashable, Sendable {
  /// The database's clock.
  package let now: Instant
  /// Of its newest value at or before now; nil without one.
  package let newest: Instant?

  package var age: Duration? { newest.map { now.since($0) } }

  package init(now: Instant, newest: Instant?) {
    self.now = now
    self.newest = newest
  }

  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func read(of signal: Int32, through connection: Connection) async throws -> Freshness {
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT now(), (SELECT "time" FROM flux.market_data_latest WHERE type = $1)
        """, [.value(signal)])
      return Freshness(now: try reply.instant(0, 0), newest: try reply.optionalInstant(0, 1))
    } catch { throw NotDeployed.explaining(error) }
  }
}
