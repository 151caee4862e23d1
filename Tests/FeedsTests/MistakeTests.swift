import Feeds
import FoundationEssentials
import Market
import Testing

/// A folder of `Mistakes/` is a case: feed.yaml (or others), perhaps a hosts.yaml of its own, perhaps environment.txt
/// with NAME=VALUE lines, and expected.txt with every complaint, a line each.
struct Mistake: CustomTestStringConvertible {
  static let folder = "\(repository)/Tests/FeedsTests/Mistakes"

  static var all: [Mistake] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { !$0.hasPrefix(".") && !$0.hasSuffix(".yaml") }.sorted().map(Mistake.init(name:))
  }

  let name: String
  var testDescription: String { name }

  func text(_ file: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: "\(Self.folder)/\(name)/\(file)")), as: UTF8.self)
  }

  /// The complaints about the case's files, which are read in a folder of their own beside a good hosts.yaml.
  func complaints() throws -> [FeedComplaint] {
    let files = FileManager.default
    let folder = "\(files.temporaryDirectory.path())/flux-mistake-\(UUID().uuidString)"
    try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? files.removeItem(atPath: folder) }
    let own = try files.contentsOfDirectory(atPath: "\(Self.folder)/\(name)")
    for file in own where file != "expected.txt" && file != "environment.txt" {
      try files.copyItem(atPath: "\(Self.folder)/\(name)/\(file)", toPath: "\(folder)/\(file)")
    }
    if !own.contains("hosts.yaml") {
      try files.copyItem(atPath: "\(Self.folder)/hosts.yaml", toPath: "\(folder)/hosts.yaml")
    }
    var environment: [String: String] = [:]
    if own.contains("environment.txt") {
      for line in try text("environment.txt").split(separator: "\n") {
        let sides = line.split(separator: "=", maxSplits: 1)
        environment[String(sides[0])] = String(sides[1])
      }
    }
    do {
      _ = try FeedCatalog.load(directory: folder, signals: Signal.standard, environment: environment)
      return []
    } catch {
      return error.complaints.map { complaint in
        guard case .file(let file, let line, let column) = complaint.place else { return complaint }
        let name = file.hasPrefix(folder + "/") ? String(file.dropFirst(folder.count + 1)) : file
        return FeedComplaint(.file(name, line: line, column: column), complaint.problem, cure: complaint.cure)
      }
    }
  }
}

@Suite struct `Mistakes in feed files` {
  @Test(arguments: Mistake.all)
  func `Each is named with its file, its line and what to write instead`(mistake: Mistake) throws {
    let complaints = try mistake.complaints()
    #expect(try complaints.map { "\($0)\n" }.joined() == mistake.text("expected.txt"))
    for complaint in complaints {
      #expect(!complaint.problem.isEmpty && !complaint.cure.isEmpty)
      if case .file(_, let line, let column) = complaint.place { #expect(line >= 1 && column >= 1) }
    }
  }

  @Test func `There is a case for each kind of mistake`() {
    #expect(Mistake.all.count >= 100)
  }
}
