import ArgumentParser
import FoundationEssentials
import Market

/// Replies in the forms of the feeds, made up from a seed: the same bytes on every machine.
struct MakeSamples: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "samples", abstract: "Writes sample replies, a folder a kind, for `decode` and its peer to read.")

  @Option(help: "Folder to write to.")
  var into: String

  func run() throws {
    let environment = ProcessInfo.processInfo.environment
    let london = try LondonClock(directories: LondonClock.systemDirectories(environment: environment))
    let first = SettlementDate(CivilDate(year: 2024, month: 10, day: 1)!)
    // Many different replies: a processor soon knows every turn of a single one.
    for day in (0..<30).map(first.advanced(by:)) {
      try write(SampleReplies.systemPrices(of: day, .withPoint, london), "elexon-system-price", "\(day).json")
      try write(
        SampleReplies.systemPrices(of: day, .eighteenDecimals, london), "elexon-system-price.18-decimals",
        "\(day).json")
    }
    for page in 0..<20 {
      let day = first.advanced(by: page * 20)
      try write(SampleReplies.estimates(from: day, days: 20, london), "modo-niv-live", "\(day).json")
    }
    for page in 0..<10 {
      let day = first.advanced(by: page * 6)
      try write(SampleReplies.liveIndex(from: day, days: 6, london), "elexon-market-index", "\(day).json")
    }
    let year2019 = SettlementDate(CivilDate(year: 2019, month: 1, day: 1)!)
    try write(SampleReplies.bestView(from: year2019, days: 2_344, london), "elexon-portal-best-view", "all.csv")
    let year2024 = SettlementDate(CivilDate(year: 2024, month: 1, day: 1)!)
    try write(SampleReplies.marketIndex(from: year2024, days: 366, london), "elexon-portal-market-index", "2024.csv")
  }

  private func write(_ body: [UInt8], _ kind: String, _ name: String) throws {
    try FileManager.default.createDirectory(atPath: "\(into)/\(kind)", withIntermediateDirectories: true)
    try Data(body).write(to: URL(filePath: "\(into)/\(kind)/\(name)"))
  }
}
