import Foundation
import GRDB
import Market
import Testing

@testable import Spool

@Suite struct `A damaged spool` {
  private static let feeds = ["elexon-system-price", "modo-niv-live"]
  private static let batches = 40

  /// A spool of two feeds, closed: small records in shared pages, large ones over several.
  private func make(in folder: String) async throws {
    let spool = try await Spool.open(folder: folder)
    for number in 1...Self.batches { try await spool.append(batch(number)) }
  }

  private func batch(_ number: Int) -> Batch {
    Sample.batch(number, of: Self.feeds[number % 2], observations: number % 5 == 0 ? 700 : 20)
  }

  /// Opens the spool, takes out all that it has, each batch whole, and sees that it works.
  ///
  /// - Returns: how many batches there were.
  private func drainAll(_ folder: String, _ reports: Reports) async throws -> Int {
    let spool = try await Spool.open(folder: folder, now: { Sample.start }, report: { reports.add($0) })
    var count = 0
    for feed in Self.feeds {
      for found in try await spool.drain(feed) {
        let number = Int(found.observedAt.since(Sample.start).microseconds / 1_000_000)
        try #require((1...Self.batches).contains(number))
        expectSame(found, batch(number))
        count += 1
      }
    }
    let id = try await spool.append(batch(1))
    #expect(id > Self.batches)
    #expect(try await spool.drain(Self.feeds[1]).count == 1)
    return count
  }

  @Test(arguments: [
    ("UPDATE batch SET payload = substr(payload, 1, 40) WHERE id = 2", "checksum"),
    ("UPDATE batch SET payload = zeroblob(bytes) WHERE id = 2", "checksum"),
    ("UPDATE batch SET checksum = checksum + 1 WHERE id = 2", "checksum"),
    ("UPDATE batch SET observed_at = observed_at + 1 WHERE id = 2", "contradicts"),
    ("UPDATE batch SET observed_at = 'never' WHERE id = 2", "contradicts"),
    ("UPDATE batch SET payload = 'text', bytes = x'00' WHERE id = 2", "checksum"),
    ("UPDATE batch SET payload = x'09', checksum = 718243997 WHERE id = 2", "format 9"),
  ])
  func `A record that cannot be read is set aside and reported once; the others go on`(
    damage: String, reason: String
  ) async throws {
    try await withFolder { folder in
      try await make(in: folder)
      try DatabaseQueue(path: folder + "/spool.sqlite").inDatabase { try $0.execute(sql: damage) }
      let reports = Reports()
      #expect(try await drainAll(folder, reports) == Self.batches - 1)
      #expect(reports.values.count == 1)
      let spool = try await Spool.open(folder: folder, report: { reports.add($0) })
      let record = try #require(try await spool.records.first { _ in true })
      #expect(record.id == 2 && record.setAside?.reason.contains(reason) == true, "\(record)")
      #expect(try await spool.retry() == 1)
      #expect(try await spool.oldest(of: Self.feeds[0]) == nil)
      #expect(reports.values.count == 2)
    }
  }

  @Test(arguments: ["rubbish", "zeros", "cut off"])
  func `Whichever page is damaged, what can be read is loaded and the rest is reported`(kind: String) async throws {
    try await withFolder { original in
      try await make(in: original)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: original + "/spool.sqlite"))
      #expect(bytes.count > 30 * 4_096)
      var random = Seeded(5)
      // Cut off before its first page it is an empty file, as a new one is.
      for page in (kind == "cut off" ? 1 : 0)..<bytes.count / 4_096 {
        try await withFolder { folder in
          var damaged = bytes
          let range = page * 4_096..<(page + 1) * 4_096
          switch kind {
          case "rubbish": damaged.replaceSubrange(range, with: range.map { _ in .random(in: 0...255, using: &random) })
          case "zeros": damaged.resetBytes(in: range)
          default: damaged = damaged[..<range.lowerBound]
          }
          try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
          try damaged.write(to: URL(fileURLWithPath: folder + "/spool.sqlite"))
          let reports = Reports()
          let count = try await drainAll(folder, reports)
          let mended = reports.values.contains { if case .mended = $0 { true } else { false } }
          let kept = try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasPrefix("spool-damaged") }
          #expect(kept.contains { $0.hasSuffix(".sqlite") } == mended)
          #expect(!mended || kept.contains("spool-damaged-20260329T000000Z.sqlite"))
          // Without the pages in which the tables begin nobody can say how many there were.
          let isCounted = count + reports.unreadable >= Self.batches
          let isShort = kind == "cut off" && page < 4
          #expect(isCounted || (isShort && mended), "page \(page + 1): \(reports.values)")
          // The third page is where the table begins; all others hold few records or none.
          if kind != "cut off", page != 2 { #expect(count >= Self.batches * 3 / 4, "page \(page + 1)") }
          // What was set aside can be dropped, and nothing damaged is left.
          let spool = try await Spool.open(folder: folder, report: { reports.add($0) })
          let aside = try await spool.status().setAside.batches
          #expect(try await spool.drop(before: .init(microseconds: .max), setAside: true).batches == aside)
          #expect(try await spool.faults() == [], "page \(page + 1)")
        }
      }
    }
  }

  @Test func `A file that is none of ours is moved aside`() async throws {
    try await withFolder { folder in
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
      let path = folder + "/spool.sqlite"
      try Data("a letter to nobody, long enough to be taken for something, and so on and on and on\n".utf8)
        .write(to: URL(fileURLWithPath: path))
      let reports = Reports()
      #expect(try await drainAll(folder, reports) == 0)
      #expect(reports.values.count == 1)
      try await withFolder { other in
        try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: false)
        try DatabaseQueue(path: other + "/spool.sqlite").inDatabase {
          try $0.execute(sql: "CREATE TABLE batch (a); CREATE TABLE b (c)")
        }
        #expect(try await drainAll(other, reports) == 0)
        #expect(reports.values.count == 2)
      }
    }
  }

  @Test func `While another has it open it is not mended, which would lose what that one takes`() async throws {
    try await withFolder { folder in
      try await make(in: folder)
      let path = folder + "/spool.sqlite"
      let reports = Reports()
      let spool = try await Spool.open(folder: folder, report: { reports.add($0) })
      func isDamaged(_ error: any Error) -> Bool { if case SpoolError.damaged(path, _) = error { true } else { false } }
      try await withOther(in: folder) {
        // The page that the table begins in.
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seek(toOffset: 2 * 4_096)
        try file.write(contentsOf: Data(count: 4_096))
        try file.close()
        await #expect(performing: { try await spool.drain(Self.feeds[0]) }, throws: isDamaged)
        await #expect(performing: { try await spool.append(batch(1)) }, throws: isDamaged)
        let looking = try await Spool.open(folder: folder, readOnly: true)
        await #expect(performing: { try await looking.records.first { _ in true } }, throws: isDamaged)
      }
      #expect(reports.values == [])
      try await spool.append(batch(1))
      #expect(reports.values.count == 1)
      #expect(try await spool.drain(Self.feeds[1]).count == 1)
    }
  }

  /// While another program has the folder open for writing.
  private func withOther(in folder: String, _ body: () async throws -> Void) async throws {
    let other = try FolderLock(folder)
    try await body()
    withExtendedLifetime(other) {}
  }

  @Test func `A mending that was cut short is done again or finished`() async throws {
    try await withFolder { folder in
      try await make(in: folder)
      let (path, copy) = (folder + "/spool.sqlite", folder + "/spool-mended.sqlite")
      // Cut short while it copied: the copy is worth nothing.
      try Data("half a copy".utf8).write(to: URL(fileURLWithPath: copy))
      #expect(try await Spool.open(folder: folder).status().waiting.batches == Self.batches)
      #expect(!FileManager.default.fileExists(atPath: copy))
      // Cut short once the damaged file was out of the way: the copy has everything, and the log is in it.
      try FileManager.default.moveItem(atPath: path, toPath: copy)
      try Data("an old log".utf8).write(to: URL(fileURLWithPath: path + "-wal"))
      #expect(try await drainAll(folder, Reports()) == Self.batches)
      #expect(!FileManager.default.fileExists(atPath: copy))
    }
  }
}
