package import Market
package import Postgres

/// A meter or a battery, and when it was heard of last.
package struct Device: Hashable, Sendable {
  package enum Reads: String, CaseIterable, Hashable, Sendable {
    case meter, battery
  }

  /// A UUID in lower case.
  package let id: String
  package let name: String
  package let type: String
  package let site: String
  package let isActive: Bool?
  /// Any JSON; nil where there is none.
  package let metadata: String?
  /// The newest time of each kind of reading that it has sent.
  package let newest: [Reads: Instant]

  /// The registered devices, by site and name.
  ///
  /// - Returns: the database's clock, too.
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func all(through connection: Connection) async throws -> (devices: [Device], now: Instant) {
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT d.id::text, d.name, d.type, d.site, d.active, d.metadata::text, m."time", b."time"
        FROM flux.mg_device_registry d \(newest("d.id")) ORDER BY d.site, d.name, d.id
        """)
      let devices = try reply.map { (rows, row) throws(PostgresError) in
        Device(
          id: try rows.read(row, 0), name: try rows.read(row, 1), type: try rows.read(row, 2),
          site: try rows.read(row, 3), isActive: try rows.readOptional(row, 4),
          metadata: try rows.readOptional(row, 5), newest: try times(rows, row, 6))
      }
      return (devices, try await connection.now())
    } catch { throw NotDeployed.explaining(error) }
  }

  /// What one device sends, registered or not.
  ///
  /// - Parameter id: a UUID.
  /// - Returns: nil where it is neither registered nor has a reading; the database's clock, too.
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func newest(
    of id: String, through connection: Connection
  ) async throws -> (times: [Reads: Instant], now: Instant)? {
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT EXISTS (SELECT FROM flux.mg_device_registry r WHERE r.id = d.id), m."time", b."time", now()
        FROM (SELECT $1::text::uuid AS id) d \(newest("d.id"))
        """, [.value(id)])
      let times = try times(reply, 0, 1)
      guard try reply.read(0, 0, as: Bool.self) || !times.isEmpty else { return nil }
      return (times, try reply.instant(0, 3))
    } catch { throw NotDeployed.explaining(error) }
  }

  private static func newest(_ id: String) -> String {
    [("m", "meter"), ("b", "bess")].map { alias, table in
      """
      LEFT JOIN LATERAL (SELECT r."time" FROM flux.mg_\(table)_readings r WHERE r.device_id = \(id)
        ORDER BY r."time" DESC LIMIT 1) \(alias) ON true
      """
    }.joined(separator: "\n")
  }

  private static func times(
    _ rows: borrowing ResultSet, _ row: Int, _ column: Int
  ) throws(PostgresError) -> [Reads: Instant] {
    var times: [Reads: Instant] = [:]
    times[.meter] = try rows.optionalInstant(row, column)
    times[.battery] = try rows.optionalInstant(row, column + 1)
    return times
  }
}
