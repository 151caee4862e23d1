package import Intake
package import Postgres
import Store

/// The way to the hosts' rates, which all processes share: one connection, opened when a limited host is first called.
package struct HostPermits: Sendable {
  private let connection: OwnConnection

  package init(_ database: ConnectionSettings) { connection = OwnConnection(database) }

  /// Where the gate of `host` has its permits from.
  ///
  /// - Parameters:
  ///   - reserve: calls that are left to the host's live feeds; 0 for those themselves.
  ///   - mayGoOn: whether calls go on while the database is away: never a backfill's, which has nowhere to load them.
  package func source(
    for host: String, reserve: Int = 0, mayGoOn: @escaping @Sendable () async -> Bool
  ) -> PermitSource {
    PermitSource(
      take: { [connection] calls, every, burst in
        let granted = try await connection.use {
          try await HostCalls.take(calls, of: host, every: every, burst: burst, reserve: reserve, through: $0)
        }
        return PermitBlock(calls: granted.calls, firstIn: granted.firstIn, spacing: granted.spacing)
      },
      hold: { [connection] pause in
        try await connection.use { try await HostCalls.hold(host, for: pause, through: $0) }
      },
      countExcess: { [connection] calls in
        try await connection.use { try await HostCalls.countExcess(calls, of: host, through: $0) }
      },
      mayGoOn: mayGoOn)
  }

  package func close() async { await connection.close() }
}
