import Feeds
import FoundationEssentials
import Market
import Testing

@Suite struct `The page about feeds` {
  let page: String

  init() throws {
    page = String(decoding: try Data(contentsOf: URL(filePath: "\(repository)/docs/feeds.md")), as: UTF8.self)
  }

  @Test func `Its example is a feed that loads`() throws {
    let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex(of: "```yaml"))
    let end = try #require(lines[start...].firstIndex(of: "```"))
    let folder = "\(FileManager.default.temporaryDirectory.path())/flux-page-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let example = lines[(start + 1)..<end].joined(separator: "\n")
    try Data(example.utf8).write(to: URL(filePath: "\(folder)/example-price.yaml"))
    try Data("example: { url: https://example.org, rate: 60 a minute }".utf8)
      .write(to: URL(filePath: "\(folder)/hosts.yaml"))
    let catalog = try FeedCatalog.load(directory: folder, signals: Signal.standard, environment: [:])
    #expect(catalog.feeds.map(\.id) == ["example-price"])
    #expect(catalog["example-price"]?.span == .days(7))
  }

  @Test func `It names every placeholder and every key that the seven feeds use`() throws {
    for placeholder in RequestTemplate.placeholders { #expect(page.contains("`{\(placeholder)}`")) }
    let folder = "\(repository)/feeds"
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".yaml") {
      let text = String(decoding: try Data(contentsOf: URL(filePath: "\(folder)/\(name)")), as: UTF8.self)
      for line in text.split(separator: "\n") where name != "hosts.yaml" && line.first?.isLetter == true {
        let key = line.prefix { $0 != ":" }
        #expect(page.contains("`\(key)`"), "\(name): \(key)")
      }
    }
  }
}
