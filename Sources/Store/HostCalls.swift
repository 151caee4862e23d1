package import Postgres

/// When a host may be called, for all who call it: what `flux_ops.host` knows of its rate.
package enum HostCalls {
  /// Permits for calls. Number n, from 0, begins `firstIn + n * spacing` after the answer, at once where that is past.
  package struct Granted: Hashable, Sendable {
    /// None: ask again after `firstIn`.
    package let calls: Int
    package let firstIn: Duration
    package let spacing: Duration
  }

  /// Takes permits for at most `calls` calls.
  ///
  /// - Parameters:
  ///   - every: between two calls.
  ///   - burst: calls that may begin at once after a rest, at least 1.
  ///   - reserve: calls that are left to whoever holds the host; 0 for that one itself.
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func take(
    _ calls: Int, of host: String, every: Duration, burst: Int, reserve: Int, through connection: Connection
  ) async throws -> Granted {
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT granted, \(microseconds("first_in")),
          \(microseconds("spacing"))
        FROM flux_ops.take_permits($1, $2, $3, $4, $5)
        """,
        [
          .value(host), .value(Int32(clamping: calls)), .value(Interval(every)), .value(Int32(clamping: burst)),
          .value(Int32(clamping: reserve)),
        ])
      return Granted(
        calls: Int(try reply.read(0, 0, as: Int32.self)),
        firstIn: .microseconds(try reply.read(0, 1, as: Int64.self)),
        spacing: .microseconds(try reply.read(0, 2, as: Int64.self)))
    } catch { throw NotDeployed.explaining(error) }
  }

  /// Lets nobody call `host` for so long: its server asked for a pause.
  package static func hold(_ host: String, for pause: Duration, through connection: Connection) async throws {
    do throws(PostgresError) {
      try await connection.query("SELECT flux_ops.hold_host_calls($1, $2)", [.value(host), .value(Interval(pause))])
    } catch { throw NotDeployed.explaining(error) }
  }

  /// Adds calls that were made without a permit.
  package static func countExcess(_ calls: Int, of host: String, through connection: Connection) async throws {
    do throws(PostgresError) {
      try await connection.query("SELECT flux_ops.count_excess($1, $2)", [.value(host), .value(Int64(calls))])
    } catch { throw NotDeployed.explaining(error) }
  }
}
