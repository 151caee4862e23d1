package import Market
package import Postgres

/// The roll-ups of the meters: flux.mg_meter_readings_5m_intermediate and its 30-minute sibling.
package enum Rollups {
  package enum Refreshed: Hashable, Sendable {
    /// By whole buckets: what of the window asked for lies before now, and where readings are kept.
    case window(Window)
    /// All of it lies before this instant: a refresh would delete the roll-ups of readings that are gone.
    case keptOnly(since: Instant)
    /// All of it lies ahead.
    case notYet
    /// Ordinary views, computed when they are read.
    case views
  }

  /// Brings a window up to date at once; outside a transaction, since the procedure has its own.
  ///
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func refresh(_ window: Window, through connection: Connection) async throws -> Refreshed {
    do {
      let limits = try await connection.query("SELECT flux_ops.refresh_from(), now()")
      try await connection.query(
        "CALL flux.refresh_rollups($1, $2)", [.value(Timestamp(window.from)), .value(Timestamp(window.to))])
      let shape = try await SchemaShape.read(through: connection)
      guard shape.relations.contains(where: { $0.kind == .continuousAggregate }) else { return .views }
      let kept = try limits.optionalInstant(0, 0)
      let from = max(window.from, kept ?? window.from)
      let to = min(window.to, try limits.instant(0, 1))
      if from < to { return .window(Window(from: from, to: to)) }
      guard let kept, window.to <= kept else { return .notYet }
      return .keptOnly(since: kept)
    } catch let error as PostgresError { throw NotDeployed.explaining(error) }
  }
}
