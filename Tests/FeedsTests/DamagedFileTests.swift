import Feeds
import FoundationEssentials
import Market
import Testing

@Suite struct `Damaged feed files` {
  /// SplitMix64, so that a failure can be repeated.
  struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `Whatever is done to the seven files, each loads or has a complaint with a line that it has`(seed: UInt64) throws
  {
    var random = Seeded(state: seed)
    let files = FileManager.default
    let folder = "\(files.temporaryDirectory.path())/flux-damaged-\(UUID().uuidString)"
    try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? files.removeItem(atPath: folder) }
    let names = try files.contentsOfDirectory(atPath: "\(repository)/feeds").filter { $0.hasSuffix(".yaml") }.sorted()
    let originals = try names.map { [UInt8](try Data(contentsOf: URL(filePath: "\(repository)/feeds/\($0)"))) }
    let noise = Array("{}[]:,#'\"-&*!|>%@`\t\n 0.xé\u{0}".utf8) + [0xFF, 0xC3]
    var refused = 0
    for _ in 1...30 {
      var lineCounts: [String: Int] = [:]
      for (name, original) in zip(names, originals) {
        var bytes = original
        for _ in 0..<Int.random(in: 0...2, using: &random) {
          let place = Int.random(in: 0..<bytes.count, using: &random)
          switch Int.random(in: 0...3, using: &random) {
          case 0: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...40, using: &random)))
          case 1: bytes[place] = noise.randomElement(using: &random) ?? 0
          case 2: bytes.insert(noise.randomElement(using: &random) ?? 0, at: place)
          default: bytes.removeSubrange(place...)
          }
          if bytes.isEmpty { break }
        }
        try Data(bytes).write(to: URL(filePath: "\(folder)/\(name)"))
        lineCounts["\(folder)/\(name)"] = 1 + bytes.count { $0 == UInt8(ascii: "\n") }
      }
      do {
        let catalog = try FeedCatalog.load(directory: folder, signals: Signal.standard, environment: [:])
        #expect(catalog.feeds.count == 7)
      } catch {
        refused += 1
        #expect(!error.complaints.isEmpty)
        for complaint in error.complaints {
          guard case .file(let file, let line, let column) = complaint.place else {
            Issue.record("\(complaint) has no line")
            continue
          }
          // A file's end stands behind its last line.
          #expect((1...(lineCounts[file] ?? 0) + 1).contains(line) && column >= 1, "\(complaint)")
          #expect(!complaint.cure.isEmpty)
        }
      }
    }
    #expect(refused > 10)
  }
}
