package import FluxMetrics
package import Intake
package import Leases
package import Logging
package import Market
package import Postgres
package import Spool

/// What all parts of the service share.
package struct Surroundings: Sendable {
  package let database: ConnectionSettings
  package let spool: Spool
  /// What a start without the database goes on with.
  package let heldHosts: HeldHosts
  package let london: LondonClock
  package let pacing: Pacing
  package let metrics: CollectorMetrics
  package let logger: Logger
  /// Somebody vouches that there is no other collector (`--alone`).
  package let isAlone: Bool

  package init(
    database: ConnectionSettings, spool: Spool, heldHosts: HeldHosts, london: LondonClock, pacing: Pacing = .system,
    metrics: CollectorMetrics, logger: Logger, isAlone: Bool = false
  ) {
    self.database = database
    self.spool = spool
    self.heldHosts = heldHosts
    self.london = london
    self.pacing = pacing
    self.metrics = metrics
    self.logger = logger
    self.isAlone = isAlone
  }
}
