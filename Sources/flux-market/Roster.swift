import Feeds
import FluxMetrics
import Intake
import Logging
import Market
import Postgres
import Store

/// Which feeds the service asks: read when it starts, and again at SIGHUP.
struct Roster: Sendable {
  /// Of feed files; nil for the share folder's.
  let folder: String?
  /// By name; empty for all that are on.
  let only: [String]
  let database: DatabaseAccess
  let isAlone: Bool
  let metrics: CollectorMetrics
  let logger: Logger

  /// Says once, for each feed that is off, why.
  ///
  /// - Throws: `FeedsRefused`, ``UnknownName``, ``SettingError`` where no feed is left.
  func intakes(_ settings: Settings) async throws -> [Intake] {
    let known = try await signals(settings)
    let session = try FeedSession(
      settings, folder: folder, signals: known.signals, calls: .live(database.writing, isAlone: isAlone),
      metrics: metrics,
      archive: try settings.archive(simulated: database.isSimulated) { [logger] in logger.warning("\($0)") })
    if known.isAsked { await recordSupplies(session) }
    let chosen = only.isEmpty ? available(session) : try only.map { try scheduled($0, session) }
    guard !chosen.isEmpty else {
      throw SettingError(description: "no feed is on: `flux-market feeds list` says why")
    }
    return try chosen.map(session.intake(of:))
  }

  private func available(_ session: FeedSession) -> [Feed] {
    let (on, off) = session.available()
    for (feed, reason) in off where feed.schedule != nil {
      logger.notice("off: \(reason)", metadata: ["feed": "\(feed.id)"])
    }
    return on.filter { $0.schedule != nil }
  }

  private func scheduled(_ id: String, _ session: FeedSession) throws -> Feed {
    let feed = try session.feed(named: id)
    guard feed.schedule != nil else {
      throw SettingError(description: "\(id) has no schedule: `flux-market backfill \(id)` asks it")
    }
    return feed
  }

  /// What the feeds are checked against. Without its database it starts all the same, and keeps what comes on the disk.
  ///
  /// - Returns: those that it had last where it is away, or the standard ones where it was never asked.
  private func signals(_ settings: Settings) async throws -> (signals: [Signal], isAsked: Bool) {
    let known = settings.knownSignals(simulated: database.isSimulated)
    do {
      let signals = try await database.signals()
      do { try known.write(signals) } catch {
        logger.warning("which signals there are cannot be remembered: \(error)")
      }
      return (signals, true)
    } catch let error as PostgresError where error.isWorthRetrying {
      logger.error("the database is away: what comes is kept on the disk until it is back: \(error)")
      guard let last = known.read() else { return (Signal.standard, false) }
      logger.notice("the signals are those of the last time that it answered, \(last.count) of them")
      return (last, false)
    }
  }

  /// The view of gaps goes by what was recorded last, so a collector that cannot record it collects all the same.
  private func recordSupplies(_ session: FeedSession) async {
    do { try await database.with { try await session.recordSupplies(through: $0) } } catch {
      logger.warning("flux.open_gaps may not know these feeds: \(error)")
    }
  }
}
