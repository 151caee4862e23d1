import Foundation
import Market
import Support
import Synchronization
import Testing

@testable import Archive

@Suite struct `Kept replies` {
  /// A folder of a test's own, gone with it.
  private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "archive-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
  }

  /// What an archive said.
  private final class Said: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
  }

  private func archive(_ folder: String, _ bounds: ReplyArchive.Bounds = ReplyArchive.Bounds(), _ said: Said = Said())
    -> ReplyArchive
  {
    ReplyArchive(folder: folder, bounds: bounds) { said.add($0) }
  }

  private let day = Window(from: Instant(seconds: 1_774_742_400), to: Instant(seconds: 1_774_825_200))

  private func reply(
    _ body: [UInt8], at microseconds: Int64 = 1_774_800_000_250_000, feed: String = "prices", window: Window?
  ) -> KeptReply {
    let part = KeptReply.Part(
      url: "https://example.org/a?key=•••", arrivedAt: Instant(microseconds: microseconds), body: body)
    return KeptReply(feed: feed, window: window, parts: [part])
  }

  @Test func `Come back byte for byte, with what was asked and when each part was here`() async throws {
    try await withFolder { folder in
      let archive = archive(folder)
      let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
      let parts = [
        KeptReply.Part(url: "https://example.org/b1", asset: "b1", arrivedAt: Instant(seconds: 1_774_800_000), body: bytes),
        KeptReply.Part(url: "https://example.org/b2", asset: "b2", arrivedAt: Instant(seconds: 1_774_800_007), body: []),
      ]
      let round = KeptReply(feed: "schedule", window: nil, parts: parts)
      let day = reply(Array(#"{"data":[]}"#.utf8) + [10, 0, 255], window: day)
      await archive.keep(round)
      await archive.keep(day)
      #expect(try archive.files(of: "schedule").map { try $0.read() } == [round])
      let file = try #require(archive.files(of: "prices").first)
      #expect(try file.read() == day && file.arrivedAt == day.arrivedAt && file.window == day.window)
      #expect(file.path == folder + "/prices/20260329T160000.25Z_20260329T000000Z_20260329T230000Z.gz")
      // Anybody can look into one.
      let (status, head) = try await Shell.run(#"zcat "$1" | head -1"#, [file.path])
      #expect(status == 0 && head.contains(#""url":"https://example.org/a?key=•••""#), "\(head)")
      #expect(archive.files(of: "nothing").isEmpty)
    }
  }

  @Test func `Of those that are the same to the same request only the first is there`() async throws {
    try await withFolder { folder in
      let archive = archive(folder)
      for (place, body) in ["A", "A", "B", "A", "A"].enumerated() {
        await archive.keep(reply(Array(body.utf8), at: Int64(place), window: day))
      }
      await archive.keep(reply(Array("A".utf8), at: 5, window: nil))
      await archive.keep(reply(Array("A".utf8), at: 6, feed: "other", window: day))
      let replies = try archive.files(of: "prices").map { try $0.read() }
      #expect(replies.map { $0.parts.map(\.body) } == ["A", "B", "A", "A"].map { [Array($0.utf8)] })
      #expect(archive.files(of: "prices").map(\.arrivedAt.microseconds) == [0, 2, 3, 5])
      #expect(archive.files(of: "other").count == 1)
    }
  }

  @Test func `The oldest go where they are too many or too old, whichever feed's they are`() async throws {
    try await withFolder { folder in
      let archive = archive(folder, ReplyArchive.Bounds(bytes: 40_000, age: .days(30)))
      var random = SystemRandomNumberGenerator()
      for number in 0..<40 {
        let body = (0..<2_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        let feed = number.isMultiple(of: 2) ? "prices" : "other"
        await archive.keep(reply(body, at: Int64(number) * 1_000_000, feed: feed, window: day))
      }
      let left = (archive.files(of: "prices") + archive.files(of: "other")).map(\.arrivedAt.microseconds).sorted()
      #expect((15...20).contains(left.count) && left == (Int64(40 - left.count)..<40).map { $0 * 1_000_000 }, "\(left)")
      await archive.keep(reply([1], at: 31 * 86_400_000_000, window: day))
      #expect(archive.files(of: "prices").count == 1 && archive.files(of: "other").isEmpty)
    }
  }

  @Test func `What cannot be written is said once, and kept again when it can be`() async throws {
    try await withFolder { folder in
      let said = Said()
      let archive = archive(folder + "/replies", .init(), said)
      try Data().write(to: URL(fileURLWithPath: folder + "/replies"))
      for number in 0..<3 { await archive.keep(reply([UInt8(number)], at: Int64(number), window: day)) }
      #expect(said.all == ["replies are not kept: \(folder)/replies/prices: Not a directory"])
      try FileManager.default.removeItem(atPath: folder + "/replies")
      // It was not kept before, so it is no repetition.
      await archive.keep(reply([2], at: 2, window: day))
      #expect(said.all.count == 2 && said.all.last == "replies are kept again")
      #expect(archive.files(of: "prices").count == 1)
    }
  }

  @Test(.enabled(if: SmallDisk.isPossible, "a file system can be mounted only by root"))
  func `A full disk costs what is kept and nothing else, and a tenth of it is left to others`() async throws {
    try await withFolder { parent in
      let folder = parent + "/disk"
      let disk = try SmallDisk(at: folder, bytes: 1 << 20)
      defer { disk.unmount() }
      let said = Said()
      let archive = archive(folder, .init(), said)
      var random = SystemRandomNumberGenerator()
      for number in 0..<100 {
        let body = (0..<20_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        await archive.keep(reply(body, at: Int64(number), window: day))
      }
      let free = try FileManager.default.attributesOfFileSystem(forPath: folder)[.systemFreeSize] as? Int
      let files = archive.files(of: "prices")
      #expect((30..<60).contains(files.count) && files.allSatisfy { (try? $0.read()) != nil })
      #expect(try #require(free) > 50_000)
      #expect(said.all == ["replies are not kept: less than a tenth of the disk is free"])
      // One that is larger than all the rest of it.
      let large = (0..<2_000_000).map { _ in UInt8.random(in: 0...255, using: &random) }
      for file in files.dropFirst(10) { try FileManager.default.removeItem(atPath: file.path) }
      await archive.keep(reply(large, at: 200, window: day))
      #expect(said.all.last?.hasSuffix("No space left on device") == true, "\(said.all)")
      #expect(archive.files(of: "prices").count == 10)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/prices").count == 10)
    }
  }

  @Test func `Damaged files are named, and files of others are none`() async throws {
    try await withFolder { folder in
      let archive = archive(folder)
      await archive.keep(reply(Array(repeating: 7, count: 1_000) + (0..<200), window: day))
      let file = try #require(archive.files(of: "prices").first)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: file.path))
      try #require(bytes.count > 20)
      for damage in [bytes.prefix(bytes.count - 20), bytes.prefix(5), Data(), Data("no gzip\n".utf8)] {
        try damage.write(to: URL(fileURLWithPath: file.path))
        let error = #expect(throws: DamagedReply.self) { try file.read() }
        #expect(error?.description.hasPrefix(file.path + ": ") == true)
      }
      for name in ["notes.txt", "20260329T160000Z_20260329T000000Z.gz", "20261399T160000Z.gz", ".123"] {
        try Data().write(to: URL(fileURLWithPath: folder + "/prices/" + name))
      }
      #expect(archive.files(of: "prices") == [file])
    }
  }
}
