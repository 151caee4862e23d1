/// Where the permits for a host's calls come from when others call it too: its row in the database.
package struct PermitSource: Sendable {
  /// Takes permits, at most `calls`, one `every` so often, of which `burst` may begin at once after a rest.
  package let take: @Sendable (_ calls: Int, _ every: Duration, _ burst: Int) async throws -> PermitBlock
  /// Tells all others that the server asked for a pause.
  package let hold: @Sendable (_ pause: Duration) async throws -> Void
  /// Reports calls that were made without a permit.
  package let countExcess: @Sendable (_ calls: Int) async throws -> Void
  /// Asked when the database is away: whether calls go on all the same, at the rate last had.
  package let mayGoOn: @Sendable () async -> Bool

  package init(
    take: @escaping @Sendable (_ calls: Int, _ every: Duration, _ burst: Int) async throws -> PermitBlock,
    hold: @escaping @Sendable (_ pause: Duration) async throws -> Void,
    countExcess: @escaping @Sendable (_ calls: Int) async throws -> Void,
    mayGoOn: @escaping @Sendable () async -> Bool
  ) {
    self.take = take
    self.hold = hold
    self.countExcess = countExcess
    self.mayGoOn = mayGoOn
  }
}

/// Permits for some calls: number n, from 0, may begin `firstIn + n * spacing` after they came, at once where that is
/// past.
package struct PermitBlock: Sendable, Hashable {
  /// 0: none now, ask again after `firstIn`.
  package let calls: Int
  package let firstIn: Duration
  package let spacing: Duration

  package init(calls: Int, firstIn: Duration, spacing: Duration) {
    self.calls = calls
    self.firstIn = firstIn
    self.spacing = spacing
  }
}

/// A call that was not made, since the database that gives the permits could not be asked.
package struct NoPermit: Error, CustomStringConvertible {
  package let host: String
  package let cause: any Error

  package init(host: String, cause: any Error) {
    self.host = host
    self.cause = cause
  }

  package var description: String { "no permit to call \(host), since its rate is kept in the database: \(cause)" }
}
