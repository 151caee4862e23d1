package import Foundation

/// Programs that tests run, waited for without blocking Swift's pool.
package enum Shell {
  /// Runs `script` with /bin/sh; `arguments` are its `$1`, `$2`…
  ///
  /// - Returns: the exit status, and standard output and error together.
  package static func run(_ script: String, _ arguments: [String] = []) async throws -> (status: Int32, output: String)
  {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", script, "sh"] + arguments
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    return await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        continuation.resume(returning: (process.terminationStatus, text))
      }
    }
  }

  /// What is written before the first line break or the end.
  package static func firstLine(of file: FileHandle) async -> String {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        var line: [UInt8] = []
        while let byte = try? file.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") { line.append(byte) }
        continuation.resume(returning: String(decoding: line, as: UTF8.self))
      }
    }
  }
}
