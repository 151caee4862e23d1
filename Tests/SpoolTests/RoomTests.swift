import Foundation
import Glibc
import Market
import Support
import Testing

@testable import Spool

@Suite struct `The room that a spool takes` {
  private static let isLong = ProcessInfo.processInfo.environment["FLUX_LONG_TESTS"] != nil

  private func bytes(in folder: String, _ names: [String] = ["spool.sqlite", "spool.sqlite-wal"]) -> Int64 {
    names.reduce(0) { total, name in
      let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
      return total + (attributes?[.size] as? Int64 ?? 0)
    }
  }

  @Test func `At its limit it drops nothing and takes nothing, and what is removed makes room again`() async throws {
    try await withFolder { folder in
      let limit: Int64 = 2 << 20
      let spool = try await Spool.open(folder: folder, limit: limit)
      var taken = 0
      func fill() async throws {
        do {
          while true {
            try await spool.append(Sample.batch(taken + 1, observations: 1 + taken * 37 % 2_000))
            taken += 1
            #expect(bytes(in: folder) <= limit)
          }
        } catch {
          guard case .full(_, let bytes, limit) = error else { throw error }
          #expect(bytes <= limit)
        }
      }
      try await fill()
      #expect(try await spool.status().bytes > limit / 2)
      let before = taken
      for _ in 1...10 { try await spool.remove(#require(try await spool.oldest(of: "elexon-system-price")).id) }
      try await fill()
      try #require(taken > before)
      #expect(
        try await spool.drain("elexon-system-price").map(\.observedAt)
          == (11...taken).map { Sample.batch($0).observedAt })
    }
  }

  @Test func `A drained spool shrinks to an empty one's size`() async throws {
    try await withFolder { folder in
      let spool = try await Spool.open(folder: folder)
      let id = try await spool.append(Sample.batch(0))
      try await spool.remove(id)
      let empty = bytes(in: folder)
      for number in 1...100 { try await spool.append(Sample.batch(number, observations: 5_000)) }
      let filled = bytes(in: folder)
      #expect(filled > 8_000_000)
      for number in 1...100 {
        try await spool.remove(#require(try await spool.oldest(of: "elexon-system-price")).id)
        // On the way too; the log keeps up to 4 MiB until the end.
        if number == 80 { #expect(bytes(in: folder, ["spool.sqlite"]) < filled / 2) }
      }
      #expect(bytes(in: folder) == empty)
      #expect(try await spool.faults() == [])
    }
  }

  /// Bytes of memory that are in use, from the kernel.
  private func memory() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
    return try #require(Int(line.filter(\.isNumber))) << 10
  }

  @Test(arguments: isLong ? [60, 1_000] : [60])
  func `A spool larger than memory is drained one batch at a time`(batches: Int) async throws {
    try await withFolder { folder in
      let spool = try await Spool.open(folder: folder)
      for number in 1...batches { try await spool.append(Sample.batch(number, observations: 20_000)) }
      let held = try await spool.status().bytes
      #expect(held > Int64(batches) * 320_000)
      let before = try memory()
      var most = before
      var drained = 0
      while let entry = try await spool.oldest(of: "elexon-system-price") {
        drained += 1
        #expect(entry.batch.observedAt == Sample.batch(drained, observations: 0).observedAt)
        try await spool.remove(entry.id)
        most = max(most, try memory())
      }
      #expect(drained == batches)
      // Other tests of this process take memory meanwhile: it says something only of a spool that is larger than that.
      if held > 256 << 20 { #expect(most - before < held / 4, "\((most - before) >> 20) MiB more") }
    }
  }

  @Test(.enabled(if: SmallDisk.isPossible, "a file system can be mounted only by root"))
  func `A full disk is an error that loses nothing, and with room again it goes on`() async throws {
    try await withFolder { folder in
      let disk = try SmallDisk(at: folder, bytes: 1 << 20)
      defer { disk.unmount() }
      do {
        let spool = try await Spool.open(folder: folder + "/spool")
        var taken = 0
        do {
          while taken < 10_000 {
            try await spool.append(Sample.batch(taken + 1))
            taken += 1
          }
        } catch let error as SpoolError {
          guard case .disk = error else { throw error }
          #expect("\(error)".contains("see to the disk's space"))
        }
        #expect(taken > 10 && taken < 10_000)
        #expect(try await spool.faults() == [])
        try disk.resize(bytes: 4 << 20)
        try await spool.append(Sample.batch(taken + 1))
        #expect(
          try await spool.drain("elexon-system-price").map(\.observedAt)
            == (1...taken + 1).map { Sample.batch($0).observedAt })
      }
    }
  }

  @Test(.enabled(if: SmallDisk.isPossible, "a file system can be mounted only by root"))
  func `A disk that is full from the beginning is waited for where somebody is patient`() async throws {
    try await withFolder { folder in
      let disk = try SmallDisk(at: folder, bytes: 1 << 16)
      defer { disk.unmount() }
      try disk.fill()
      await #expect(throws: SpoolError.self) { try await Spool.open(folder: folder + "/spool") }
      let spool = try await Spool.open(folder: folder + "/spool", isPatient: true)
      #expect(await !spool.isOpen)
      #expect(await !spool.mayHold)
      for _ in 0..<2 { await #expect(throws: SpoolError.self) { try await spool.append(Sample.batch(1)) } }
      await #expect(throws: SpoolError.self) { try await spool.hasRoom() }
      try disk.resize(bytes: 4 << 20)
      try await spool.append(Sample.batch(1))
      #expect(await spool.isOpen)
      #expect(try await spool.drain("elexon-system-price").map(\.observedAt) == [Sample.batch(1).observedAt])
      // A folder that may not be written is no matter of patience.
      await #expect(throws: SpoolError.self) { try await Spool.open(folder: "/dev/null/spool", isPatient: true) }
    }
  }
}
