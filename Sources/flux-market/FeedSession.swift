import Archive
import Collector
import Feeds
import Fetch
import FluxMetrics
import Intake
import Leases
import Market
import Postgres

/// What the commands that fetch share: the feeds, one fetcher, and one gate a host.
struct FeedSession: Sendable {
  let catalog: FeedCatalog
  let fetcher: Fetcher
  private let gates: [String: HostGate]
  private let environment: [String: String]
  private let archive: ReplyArchive?
  let london: LondonClock

  /// Who else calls the hosts.
  enum Calls {
    /// Nobody that can be known of: this process counts by itself.
    case alone
    /// All who use this database: their rates are kept there. While it is away a strict host is called by nobody, unless
    /// somebody vouches that there is no other collector.
    case live(ConnectionSettings, isAlone: Bool)
    /// The same, and a round of the live feeds is left to them.
    case backfill(ConnectionSettings)
  }

  /// - Parameters:
  ///   - signals: all that are registered; the standard ones where no database was asked.
  ///   - metrics: told of calls that were made without a permit.
  ///   - archive: where replies go that are to be kept; nil keeps none.
  /// - Throws: `FeedsRefused`.
  init(
    _ settings: Settings, folder: String?, signals: [Signal], calls: Calls = .alone, metrics: CollectorMetrics? = nil,
    archive: ReplyArchive? = nil
  ) throws {
    let catalog = try FeedCatalog.load(
      directory: folder ?? settings.feedsFolder, signals: signals, environment: settings.environment)
    let atOnce = catalog.hosts.map(\.atOnce).max() ?? 8
    self.catalog = catalog
    self.archive = archive
    fetcher = Fetcher(
      configuration: Fetcher.Configuration(
        version: FluxMarket.version, contact: settings.contact, atOncePerHost: atOnce),
      now: Pacing.system.now)
    environment = settings.environment
    london = settings.london
    let (permits, isBackfill, isAlone): (HostPermits?, Bool, Bool) =
      switch calls {
      case .alone: (nil, false, true)
      case .live(let database, let isAlone): (HostPermits(database), false, isAlone)
      case .backfill(let database): (HostPermits(database), true, false)
      }
    gates = Dictionary(
      uniqueKeysWithValues: catalog.hosts.map { host in
        let round = catalog.liveRound(of: host, now: Pacing.system.now(), in: settings.london)
        let source = permits.map {
          // Without the database a backfill has nowhere to load, and a strict host's other callers are not known.
          $0.source(for: host.id, reserve: isBackfill ? round : 0) { !isBackfill && (!host.isStrict || isAlone) }
            .reporting { metrics?.exceeded(host: host.id, calls: $0) }
        }
        return (
          host.id,
          HostGate(host, now: Pacing.steady.now, sleep: Pacing.steady.sleep, liveRound: round, permits: source)
        )
      })
  }

  /// The feeds that can be fetched, and in words why others cannot.
  func available() -> (on: [Feed], off: [(feed: Feed, reason: String)]) {
    var on: [Feed] = []
    var off: [(feed: Feed, reason: String)] = []
    for feed in catalog.feeds {
      switch catalog.availability(of: feed, environment: environment) {
      case .on: on.append(feed)
      case .off(let reason): off.append((feed, reason))
      }
    }
    return (on, off)
  }

  /// The feed of that name, if it can be fetched.
  ///
  /// - Throws: ``UnknownName``, ``SettingError`` where a credential is missing.
  func feed(named id: String) throws -> Feed {
    guard let feed = catalog[id] else { throw UnknownName("feed", id, known: catalog.feeds.map(\.id)) }
    if case .off(let reason) = catalog.availability(of: feed, environment: environment) {
      throw SettingError(description: "\(id) is off: \(reason)")
    }
    return feed
  }

  func intake(of feed: Feed) throws -> Intake {
    guard let gate = gates[feed.host.id] else {
      throw UnknownName("host", feed.host.id, known: Array(gates.keys))
    }
    return try Intake(feed: feed, fetcher: fetcher, gate: gate, environment: environment, london: london,
      archive: archive)
  }
}

extension PermitSource {
  /// The same, telling of the calls without a permit once the database has heard of them.
  fileprivate func reporting(_ report: @escaping @Sendable (_ calls: Int) -> Void) -> PermitSource {
    PermitSource(
      take: take, hold: hold,
      countExcess: { calls in
        try await countExcess(calls)
        report(calls)
      }, mayGoOn: mayGoOn)
  }
}

extension FeedCatalog {
  /// Calls that one round of all live feeds of a host makes, pages and retries not counted.
  fileprivate func liveRound(of host: Host, now: Instant, in london: LondonClock) -> Int {
    feeds.filter { $0.host.id == host.id && $0.schedule != nil }.reduce(0) { calls, feed in
      switch feed.reading {
      case .records: calls + FeedSchedule.windows(of: feed, at: now, in: london).count
      case .axleSchedule(let assets): calls + assets.count
      }
    }
  }
}
