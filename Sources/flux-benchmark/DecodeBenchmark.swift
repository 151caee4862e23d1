import ArgumentParser
import Decode
import Feeds
import FoundationEssentials
import Market

/// Reply bytes to finished batches: sorted and checked, all that the decoder does.
struct DecodeBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode",
    abstract: "Decodes the sample replies, and where FLUX_RECORDED_DIR is set the recorded files.")

  @Option(help: "Folder of samples, as `samples` makes it: a folder a kind, FEED or FEED.VARIANT.")
  var files: String

  @Option(help: "Measurements of each kind, of which the median is told.")
  var rounds = 7

  @Option(help: "Folder of feed files.")
  var feeds = "feeds"

  @Option(help: "Only the kinds whose name contains this.")
  var only: String?

  func run() throws {
    let environment = ProcessInfo.processInfo.environment
    let catalog = try FeedCatalog.load(directory: feeds, signals: Signal.standard, environment: [:])
    let london = try LondonClock(directories: LondonClock.systemDirectories(environment: environment))
    var kinds = try folders(of: files).map { kind in
      (
        name: kind, feed: String(kind.prefix { $0 != "." }),
        paths: try FileManager.default.contentsOfDirectory(atPath: "\(files)/\(kind)").sorted()
          .map { "\(files)/\(kind)/\($0)" }
      )
    }
    if let folder = environment["FLUX_RECORDED_DIR"] {
      let recorded = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { "\(folder)/\($0)" }
      for (feed, mark) in [
        ("elexon-portal-best-view", "system-prices"), ("elexon-portal-market-index", "market-index"),
      ] {
        let paths = recorded.filter { $0.contains("portal-" + mark) && $0.hasSuffix(".csv") }
        if !paths.isEmpty { kinds.append((name: "\(feed).recorded", feed: feed, paths: paths)) }
      }
    }
    for kind in kinds where only.map(kind.name.contains) ?? true {
      guard let feed = catalog[kind.feed] else {
        throw ValidationError("\(kind.name): there is no feed \(kind.feed) in \(feeds)")
      }
      let replies = try kind.paths.map { path in
        SampleReply(bytes: Array(try Data(contentsOf: URL(filePath: path))), window: window(path, feed, london))
      }
      try measure(kind.name, Decoder(feed, london: london), replies)
    }
  }

  private func measure(_ name: String, _ decoder: Decoder, _ replies: [SampleReply]) throws {
    let observedAt = Instant(seconds: 1_800_000_000)
    var observations = 0
    let seconds = try medianSeconds(rounds: rounds) {
      observations = 0
      for reply in replies {
        let page = try decoder.decode(reply.bytes.span, window: reply.window, observedAt: observedAt)
        guard page.batch.rejects.isEmpty else { throw ValidationError("\(name): \(page.batch.rejects[0])") }
        observations += page.batch.observations.count
      }
    }
    let bytes = replies.reduce(0) { $0 + $1.bytes.count }
    let rate = Int((Double(bytes) / seconds / 1e6).rounded())
    print(
      "{\"what\":\(jsonString("decode \(name)")),\"bytes\":\(bytes),\"seconds\":\(seconds),"
        + "\"megabytes_per_second\":\(rate),\"observations\":\(observations)}")
  }

  private func folders(of folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted().filter { name in
      var isFolder = false
      return FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder) && isFolder
    }
  }

  /// What the program would have asked for: a sample is named after its first settlement day.
  private func window(_ path: String, _ feed: Feed, _ london: LondonClock) -> Window? {
    guard let name = path.split(separator: "/").last, let first = SettlementDate(name.prefix(10)) else { return nil }
    switch feed.span {
    case .settlementDay: return first.window(in: london)
    case .days(let count): return Window(from: first, through: first.advanced(by: count - 1), in: london)
    case .calendarYear, .wholeFile: return nil
    }
  }
}

private struct SampleReply {
  let bytes: [UInt8]
  let window: Window?
}
