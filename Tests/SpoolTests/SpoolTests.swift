import Foundation
import GRDB
import Market
import Testing

@testable import Spool

@Suite struct `A spool on disk` {
  @Test func `Batches wait in the order they came, each feed's by themselves, over a restart`() async throws {
    try await withFolder { folder in
      let batches = (1...5).map { Sample.batch($0) } + [Sample.full]
      do {
        let spool = try await Spool.open(folder: folder)
        for batch in batches { try await spool.append(batch) }
      }
      let spool = try await Spool.open(folder: folder)
      #expect(try await spool.feeds() == ["axle-battery-schedule", "elexon-system-price"])
      let second = try #require(
        try await spool.oldest(of: "elexon-system-price", after: spool.oldest(of: "elexon-system-price")?.id))
      expectSame(second.batch, batches[1])
      let drained = try await spool.drain("elexon-system-price")
      #expect(drained.count == 5)
      for (batch, original) in zip(drained, batches) { expectSame(batch, original) }
      #expect(try await spool.feeds() == ["axle-battery-schedule"])
      expectSame(try await spool.drain("axle-battery-schedule").first, Sample.full)
      #expect(try await spool.feeds() == [])
    }
  }

  @Test func `An empty spool and a restart have nothing to send, and an id is never given twice`() async throws {
    try await withFolder { folder in
      var last: Int64 = 0
      do {
        let spool = try await Spool.open(folder: folder)
        #expect(try await spool.feeds() == [])
        last = try await spool.append(Sample.batch(1))
        try await spool.remove(last)
        try await spool.remove(last)
      }
      let spool = try await Spool.open(folder: folder)
      #expect(try await spool.feeds() == [])
      #expect(try await spool.oldest(of: "elexon-system-price") == nil)
      #expect(try await spool.status().waiting == SpoolStatus.Amount())
      #expect(try await spool.append(Sample.batch(2)) > last)
    }
  }

  @Test func `Folder and files are their owner's alone`() async throws {
    try await withFolder { folder in
      let spool = try await Spool.open(folder: folder)
      try await spool.append(Sample.batch(1))
      func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      }
      #expect(try mode(folder) == 0o700)
      for name in ["spool.sqlite", "spool.sqlite-wal", "spool.sqlite-shm"] {
        #expect(try mode("\(folder)/\(name)") == 0o600, "\(name)")
      }
    }
  }

  @Test func `Several may have the same folder open`() async throws {
    try await withFolder { folder in
      let (one, other) = (try await Spool.open(folder: folder), try await Spool.open(folder: folder))
      await withThrowingTaskGroup(of: Void.self) { group in
        for number in 1...40 {
          group.addTask { try await (number % 2 == 0 ? one : other).append(Sample.batch(number, observations: 1)) }
        }
      }
      let reader = try await Spool.open(folder: folder, readOnly: true)
      #expect(try await reader.status().waiting.batches == 40)
      let seen = Set(try await other.drain("elexon-system-price").map(\.observedAt))
      #expect(seen == Set((1...40).map { Sample.batch($0).observedAt }))
      #expect(try await one.feeds() == [])
    }
  }

  @Test func `Its status counts what waits, and what was set aside apart from it`() async throws {
    try await withFolder { folder in
      let reports = Reports()
      let spool = try await Spool.open(
        folder: folder, limit: 1 << 24, now: { Sample.start }, report: { reports.add($0) })
      for number in 1...3 { try await spool.append(Sample.batch(number)) }
      let bad = try await spool.append(Sample.batch(4, observations: 5))
      try await spool.append(Sample.batch(9, of: "modo-niv-live", observations: 7))
      try await spool.setAside(bad, reason: "the database refused it")
      try await spool.setAside(bad, reason: "again")
      let status = try await spool.status()
      let prices = try #require(status.feeds["elexon-system-price"])
      #expect(prices.batches == 3 && prices.observations == 144 && prices.oldest == Sample.batch(1).observedAt)
      #expect(status.waiting.batches == 4 && status.waiting.observations == 151)
      #expect(status.setAside.batches == 1 && status.setAside.observations == 5)
      #expect(status.limit == 1 << 24 && status.bytes > 0)
      #expect(
        reports.values == [
          .setAside(
            id: bad, feed: "elexon-system-price", observedAt: Sample.batch(4).observedAt,
            reason: "the database refused it")
        ])
    }
  }

  @Test func `What is set aside keeps nobody waiting, and can be tried again at its old place`() async throws {
    try await withFolder { folder in
      let spool = try await Spool.open(folder: folder, now: { Sample.start })
      let first = try await spool.append(Sample.batch(1))
      try await spool.append(Sample.batch(2))
      try await spool.setAside(first, reason: "odd")
      expectSame(try await spool.oldest(of: "elexon-system-price")?.batch, Sample.batch(2))
      let record = try #require(try await spool.records.first { _ in true })
      #expect(record.id == first && record.setAside == .init(reason: "odd", at: Sample.start))
      #expect(try await spool.retry(setAside: [first + 5]) == 0)
      #expect(try await spool.retry(setAside: [first]) == 1)
      let drained = try await spool.drain("elexon-system-price")
      #expect(drained.map(\.observedAt) == [1, 2].map { Sample.batch($0).observedAt })
      #expect(try await spool.retry() == 0)
    }
  }

  @Test func `What was observed before an instant is dropped, waiting or set aside, never both`() async throws {
    try await withFolder { folder in
      let spool = try await Spool.open(folder: folder)
      for number in 1...6 { try await spool.append(Sample.batch(number)) }
      try await spool.setAside(2, reason: "odd")
      let time = Sample.batch(4).observedAt
      #expect(try await spool.count(before: time, setAside: false).batches == 2)
      let dropped = try await spool.drop(before: time, setAside: false)
      #expect(dropped.batches == 2 && dropped.observations == 96 && dropped.oldest == Sample.batch(1).observedAt)
      #expect(try await spool.status().setAside.batches == 1)
      #expect(try await spool.drop(before: time, setAside: true).batches == 1)
      let left = try await spool.drain("elexon-system-price")
      #expect(left.map(\.observedAt) == (4...6).map { Sample.batch($0).observedAt })
    }
  }

  @Test func `However many are dropped, no more and no fewer are`() async throws {
    try await withFolder { folder in
      let spool = try await Spool.open(folder: folder)
      for number in 1...200 { try await spool.append(Sample.batch(number, observations: 2)) }
      let dropped = try await spool.drop(before: Sample.batch(151).observedAt, setAside: false)
      #expect(dropped.batches == 150 && dropped.observations == 300)
      #expect(try await spool.drain("elexon-system-price").first?.observedAt == Sample.batch(151).observedAt)
    }
  }

  @Test func `A spool of a later program is refused and left as it is`() async throws {
    try await withFolder { folder in
      do {
        let spool = try await Spool.open(folder: folder)
        try await spool.append(Sample.batch(1))
      }
      let path = folder + "/spool.sqlite"
      try DatabaseQueue(path: path).inDatabase { try $0.execute(sql: "PRAGMA user_version = 2") }
      let before = try Data(contentsOf: URL(fileURLWithPath: path))
      for readOnly in [false, true] {
        await #expect(throws: SpoolError.newer(file: path, version: 2)) {
          try await Spool.open(folder: folder, readOnly: readOnly)
        }
      }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
      #expect("\(SpoolError.newer(file: path, version: 2))".contains("run that version until the spool is empty"))
    }
  }

  @Test func `Looking at a spool makes none`() async throws {
    try await withFolder { folder in
      await #expect(throws: SpoolError.absent(file: folder + "/spool.sqlite")) {
        try await Spool.open(folder: folder, readOnly: true)
      }
      #expect(!FileManager.default.fileExists(atPath: folder))
    }
  }

  @Test func `A cancelled task still has its batch taken`() async throws {
    try await withFolder { folder in
      let spool = try await Spool.open(folder: folder)
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await spool.append(Sample.batch(1))
      }
      let id = try await task.value
      #expect(try await spool.oldest(of: "elexon-system-price")?.id == id)
    }
  }
}
