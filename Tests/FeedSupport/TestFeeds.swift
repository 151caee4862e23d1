package import Archive
package import Feeds
import Fetch
import Foundation
package import Intake
package import Market
package import Simulator
package import Support

/// The repository's own feeds, asked over loopback by a clock that the test sets.
package struct TestFeeds: Sendable {
  package let london: LondonClock
  package let clock: TestClock
  package let catalog: FeedCatalog
  package let environment: [String: String]
  private let fetcher: Fetcher
  private let gates: [String: HostGate]

  package init(environment: [String: String], clock: TestClock) throws {
    let london = try Self.london()
    self.london = london
    self.clock = clock
    self.environment = environment
    catalog = try FeedCatalog.load(
      directory: TestDatabase.repository + "/feeds", signals: Signal.standard, environment: environment)
    fetcher = Fetcher(configuration: Fetcher.Configuration(version: "0"), now: { clock.now })
    gates = catalog.hosts.reduce(into: [:]) {
      $0[$1.id] = HostGate($1, now: clock.pacing.now, sleep: clock.pacing.sleep)
    }
  }

  /// All hosts at one server of the test's own, as fast as it answers.
  package init(server: LoopbackServer, clock: TestClock, changes: [String: String] = [:]) throws {
    var environment = ["FLUX_AXLE_ASSETS": "b1=100,b2=50", "FLUX_ELEXON_PORTAL_KEY": "portal-key-4711"]
    environment["FLUX_AXLE_USERNAME"] = "somebody"
    environment["FLUX_AXLE_PASSWORD"] = "pass word&4711"
    for host in ["ELEXON", "ELEXON_PORTAL", "MODO", "AXLE"] {
      environment["FLUX_HOST_\(host)_URL"] = server.url
      environment["FLUX_HOST_\(host)_RATE"] = "unlimited"
    }
    try self.init(environment: environment.merging(changes) { $1 }, clock: clock)
  }

  /// Lends the feeds, pointed at a simulator that goes by the same clock.
  package static func simulated<Result: Sendable>(
    _ clock: TestClock, _ change: (inout Simulator.Options) -> Void = { _ in }, changes: [String: String] = [:],
    _ body: @escaping @Sendable (TestFeeds) async throws -> Result
  ) async throws -> Result {
    var options = Simulator.Options(now: { clock.now })
    change(&options)
    return try await withSimulator(options, london: try london()) { port in
      let variables = Simulator.environment(port: port).reduce(into: [:]) { $0[$1.name] = $1.value }
      return try await body(TestFeeds(environment: variables.merging(changes) { $1 }, clock: clock))
    }
  }

  package static func london() throws -> LondonClock {
    try LondonClock(directories: LondonClock.systemDirectories(environment: ProcessInfo.processInfo.environment))
  }

  package func feed(_ id: String) throws -> Feed {
    guard let feed = catalog[id] else { throw NoSuchFeed(id: id) }
    return feed
  }

  package func intake(_ id: String, retry: RetryPolicy = RetryPolicy()) throws -> Intake {
    try intake(try feed(id), retry: retry)
  }

  package func intake(
    _ feed: Feed, retry: RetryPolicy = RetryPolicy(), pacing: Pacing? = nil, archive: ReplyArchive? = nil
  ) throws -> Intake {
    guard let gate = gates[feed.host.id] else { throw NoSuchFeed(id: feed.host.id) }
    return try Intake(
      feed: feed, fetcher: fetcher, gate: gate, environment: environment, retry: retry, london: london,
      pacing: pacing ?? clock.pacing, archive: archive)
  }

  /// The settlement days from `first` to `last`, both included.
  package func days(_ first: String, _ last: String? = nil) throws -> Window {
    guard let from = SettlementDate(first), let through = SettlementDate(last ?? first) else {
      throw NoSuchFeed(id: first)
    }
    return Window(from: from, through: through, in: london)
  }

  struct NoSuchFeed: Error { let id: String }
}
