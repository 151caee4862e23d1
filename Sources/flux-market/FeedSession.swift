import Feeds
import Fetch
import Intake
import Market

/// What the commands that fetch share: the feeds, one fetcher, and one gate a host.
struct FeedSession: Sendable {
  let catalog: FeedCatalog
  let fetcher: Fetcher
  private let gates: [String: HostGate]
  private let environment: [String: String]
  private let london: LondonClock

  /// - Parameter signals: all that are registered; the standard ones where no database was asked.
  /// - Throws: `FeedsRefused`.
  init(_ settings: Settings, folder: String?, signals: [Signal]) throws {
    catalog = try FeedCatalog.load(
      directory: folder ?? settings.feedsFolder, signals: signals, environment: settings.environment)
    let atOnce = catalog.hosts.map(\.atOnce).max() ?? 8
    fetcher = Fetcher(
      configuration: Fetcher.Configuration(
        version: FluxMarket.version, contact: settings.contact, atOncePerHost: atOnce),
      now: Pacing.system.now)
    gates = Dictionary(
      uniqueKeysWithValues: catalog.hosts.map {
        ($0.id, HostGate($0, now: Pacing.steady.now, sleep: Pacing.steady.sleep))
      })
    environment = settings.environment
    london = settings.london
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
    return try Intake(feed: feed, fetcher: fetcher, gate: gate, environment: environment, london: london)
  }
}
