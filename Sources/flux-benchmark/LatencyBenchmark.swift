import ArgumentParser
import Feeds
import Fetch
import FoundationEssentials
import Intake
import Market
import Postgres
import Store

/// From the instant that a reply was here in full to the commit of its rows, on the service's own path.
struct LatencyBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latency",
    abstract: "Asks for one settlement day again and again, and loads each reply before the next is asked for.",
    discussion: """
      The FLUX_HOST_… variables say where from, the PG… variables where to. Each reply has to hold something new.
      """)

  @Option(help: "The feed.")
  var feed = "modo-niv-live"
  @Option(help: "The settlement date.", transform: settlementDate)
  var date: SettlementDate
  @Option(help: "Replies.")
  var calls = 500
  @Option(help: "Folder of feed files.")
  var feeds = "feeds"

  func run() async throws {
    let environment = ProcessInfo.processInfo.environment
    let london = try LondonClock(directories: LondonClock.systemDirectories(environment: environment))
    let catalog = try FeedCatalog.load(directory: feeds, signals: Signal.standard, environment: environment)
    guard let feed = catalog[feed] else { throw ValidationError("there is no feed \(feed) in \(feeds)") }
    let intake = try Intake(
      feed: feed,
      fetcher: Fetcher(configuration: Fetcher.Configuration(version: "0"), now: Pacing.system.now),
      gate: HostGate(feed.host, now: Pacing.steady.now, sleep: Pacing.steady.sleep), environment: environment,
      london: london)
    let window = date.window(in: london)
    let line = try await Connection.with(try ConnectionSettings()) { connection in
      let loader = try await Loader(connection: connection, source: "flux-benchmark")
      var times = try CallTimes(of: await connection.processID)
      var inserted = 0
      for _ in 0..<calls {
        let batch = try await intake.read(window)
        inserted += try await loader.load([batch]).inserted
        times.add(Pacing.system.now().since(batch.observedAt))
      }
      guard inserted == calls else {
        throw ValidationError("\(inserted) rows of \(calls) replies: each has to hold one new value")
      }
      return try times.told("latency \(feed.id)", rows: inserted)
    }
    print(line)
  }
}

private func settlementDate(_ text: String) throws -> SettlementDate {
  guard let date = SettlementDate(text) else { throw ValidationError("write a date, such as 2026-03-29") }
  return date
}
