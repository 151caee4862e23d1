import Foundation
import Support
import Synchronization
import Testing

@testable import Import

/// Lends a folder that goes with the test.
func withFolder(_ body: (String) async throws -> Void) async throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "flux-import-\(UUID().uuidString)").path()
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try await body(folder)
}

@Suite struct `Files to be imported` {
  /// Reads a file a step at a time, using a third of what it is lent.
  private func bytes(of name: String) throws -> [UInt8] {
    var input = try InputFile.open(name)
    var found: [UInt8] = []
    var hasMore = true
    while hasMore {
      hasMore = try input.read { block, isLast in
        let count = isLast ? block.count : block.count / 3
        for place in 0..<count { found.append(block[place]) }
        return count
      }
    }
    return found
  }

  private let text = (0..<400_000).map { "line \($0)\n" }.joined()

  @Test func `What is compressed reads as what is not, by its first bytes and not by its name`() async throws {
    try await withFolder { folder async throws in
      try text.write(toFile: folder + "/plain", atomically: false, encoding: .utf8)
      let made = try await Shell.run("cd $1 && gzip -c plain >gzip && zstd -qc plain >zstd", [folder])
      try #require(made.status == 0, "\(made.output)")
      for name in ["plain", "gzip", "zstd"] {
        #expect(try bytes(of: "\(folder)/\(name)") == Array(text.utf8), "\(name)")
        var whole = try InputFile.open("\(folder)/\(name)")
        #expect(try whole.readWhole(limit: 64 << 20).count == text.utf8.count)
        var limited = try InputFile.open("\(folder)/\(name)")
        do {
          _ = try limited.readWhole(limit: 1 << 20)
          Issue.record("more than the limit was read")
        } catch { #expect(error as? InputError == InputError("\(folder)/\(name)", .tooLarge(limit: 1 << 20))) }
      }
    }
  }

  @Test func `A pipe is read, compressed or not`() async throws {
    try await withFolder { folder async throws in
      try text.write(toFile: folder + "/plain", atomically: false, encoding: .utf8)
      for program in ["cat", "gzip -c", "zstd -qc"] {
        let pipe = folder + "/pipe"
        async let writing = Shell.run("mkfifo $1/pipe && \(program) <$1/plain >$1/pipe; rm $1/pipe", [folder])
        while !FileManager.default.fileExists(atPath: pipe) { await Task.yield() }
        #expect(try bytes(of: pipe) == Array(text.utf8), "\(program)")
        #expect(try await writing.status == 0)
      }
    }
  }

  @Test(arguments: ["gzip", "zstd"])
  func `A compressed file that ends too early is damaged, and its last half line is nobody's`(
    _ program: String
  ) async throws {
    try await withFolder { folder async throws in
      try text.write(toFile: folder + "/plain", atomically: false, encoding: .utf8)
      let halving = "cd $1 && \(program) -c plain >whole && head -c $(($(stat -c %s whole) / 2)) whole >half"
      let made = try await Shell.run(halving, [folder])
      try #require(made.status == 0, "\(made.output)")
      var input = try InputFile.open(folder + "/half")
      var (lasts, count) = (0, 0)
      do {
        var hasMore = true
        while hasMore {
          hasMore = try input.read { block, isLast in
            lasts += isLast ? 1 : 0
            count += block.count
            return block.count
          }
        }
        Issue.record("half a file was taken for a whole one")
      } catch { #expect(error as? InputError == InputError(folder + "/half", .damaged(by: program))) }
      #expect(lasts == 0)
      #expect(count > 100_000 && count < text.utf8.count)
    }
  }

  @Test func `What cannot be read says why`() throws {
    for (name, why) in [("/nowhere/file", "No such file or directory"), ("/tmp", "it is a folder")] {
      #expect(throws: InputError(name, .unreadable(why))) { try InputFile.check(name) }
    }
    #expect(throws: Never.self) { try InputFile.check("/dev/null") }
  }
}
