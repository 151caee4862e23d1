import Foundation
import GRDB
import Market
import Testing

@testable import Spool

/// What is on the disk after the machine stopped in the middle of something: some of what was written, in any order,
/// and nothing of what was to follow. Files as they were before and after one operation give every such state.
@Suite struct `A spool after a crash` {
  private static let isLong = ProcessInfo.processInfo.environment["FLUX_LONG_TESTS"] != nil

  private struct Image {
    let file: [UInt8]
    let log: [UInt8]
    /// The batches that wait, by their numbers.
    let waiting: [Int]

    init(of folder: String, waiting: [Int]) throws {
      file = Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/spool.sqlite")))
      log = Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/spool.sqlite-wal")))
      self.waiting = waiting
    }
  }

  private func size(_ number: Int) -> Int { 1 + number * 7_919 % 1_500 }

  @Test(arguments: isLong ? Array(1...20) : [1, 2] as [UInt64])
  func `What was taken is there, what was removed is gone, and nothing is there by half`(seed: UInt64) async throws {
    try await withFolder { folder in
      var random = Seeded(seed)
      let spool = try await Spool.open(folder: folder)
      var waiting: [(id: Int64, number: Int)] = []
      var before = try Image(of: folder, waiting: [])
      var (halves, checkpoints) = (0, 0)
      for number in 1...60 {
        let appends = waiting.isEmpty || (waiting.count < 6 && Bool.random(using: &random))
        if appends {
          let id = try await spool.append(Sample.batch(number, observations: size(number)))
          waiting.append((id, number))
        } else {
          try await spool.remove(waiting.removeFirst().id)
        }
        let after = try Image(of: folder, waiting: waiting.map(\.number))
        for _ in 0..<3 {
          // The log comes first, and the file stays as it was until all of the log is on the disk.
          let log = torn(before.log, after.log, by: 512, using: &random)
          let found = try await reopened(before.file, log)
          #expect(found == before.waiting || found == after.waiting, "seed \(seed), operation \(number)")
          if log != before.log, log != after.log { halves += 1 }
        }
        before = after
        // Now and then the file takes in the log, which starts over at the next operation.
        guard number % 4 == 0 else { continue }
        try DatabaseQueue(path: folder + "/spool.sqlite").inDatabase {
          _ = try Row.fetchOne($0, sql: "PRAGMA wal_checkpoint(PASSIVE)")
        }
        let taken = try Image(of: folder, waiting: after.waiting)
        if taken.file != after.file { checkpoints += 1 }
        let found = try await reopened(torn(after.file, taken.file, by: 4_096, using: &random), taken.log)
        #expect(found == after.waiting, "seed \(seed), after operation \(number)")
        before = taken
      }
      #expect(halves > 20 && checkpoints > 5, "\(halves) torn logs, \(checkpoints) torn files")
    }
  }

  /// `old` on its way to `new`: up to a place all pieces, from there on any of them.
  private func torn(_ old: [UInt8], _ new: [UInt8], by piece: Int, using random: inout Seeded) -> [UInt8] {
    var bytes = old + [UInt8](repeating: 0, count: max(0, new.count - old.count))
    let place = Int.random(in: 0...new.count / piece, using: &random) * piece
    let reorders = Bool.random(using: &random)
    for start in stride(from: 0, to: new.count, by: piece) {
      let range = start..<min(start + piece, new.count)
      if start < place || (reorders && Bool.random(using: &random)) {
        bytes.replaceSubrange(range, with: new[range])
      }
    }
    // A log that had not grown yet.
    return !reorders && new.count > old.count ? Array(bytes[..<max(old.count, place)]) : bytes
  }

  /// The numbers of the batches that a spool of these files has, each of them whole.
  private func reopened(_ file: [UInt8], _ log: [UInt8]) async throws -> [Int] {
    try await withFolder { folder in
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
      try Data(file).write(to: URL(fileURLWithPath: folder + "/spool.sqlite"))
      try Data(log).write(to: URL(fileURLWithPath: folder + "/spool.sqlite-wal"))
      let reports = Reports()
      let spool = try await Spool.open(folder: folder, report: { reports.add($0) })
      #expect(try await spool.faults() == [])
      var numbers: [Int] = []
      for try await record in spool.records {
        let number = Int(record.observedAt.since(Sample.start).microseconds / 1_000_000)
        try #require((1...60).contains(number))
        numbers.append(number)
        expectSame(try record.contents.get(), Sample.batch(number, observations: size(number)))
      }
      #expect(reports.values == [])
      try await spool.append(Sample.batch(0))
      return numbers
    }
  }
}
