import CZlib
import Glibc

/// Files that zcat(1) reads. The C functions are `gzopen`, `gzwrite`, `gzread` and `gzclose`.
enum GzipFile {
  /// What went wrong, in the system's words where it is the system's fault.
  struct Failed: Error { let reason: String }

  /// Bytes in one call, which counts them in 32 bits.
  private static let piece = 1 << 20

  /// Writes a new file; where that fails nothing is left of it.
  static func write(_ pieces: [[UInt8]], to path: String) throws(Failed) {
    guard let file = gzopen(path, "wbxe6") else { throw Failed(reason: systemMessage()) }
    var failure: Failed?
    write: for bytes in pieces {
      for start in stride(from: 0, to: bytes.count, by: piece) {
        let count = min(piece, bytes.count - start)
        let written = bytes[start..<(start + count)].withUnsafeBytes { unsafe in
          gzwrite(file, unsafe.baseAddress, UInt32(unsafe.count))
        }
        if written != count {
          failure = Failed(reason: systemMessage())
          break write
        }
      }
    }
    if gzclose(file) != Z_OK, failure == nil { failure = Failed(reason: systemMessage()) }
    guard let failure else { return }
    unlink(path)
    throw failure
  }

  static func read(_ path: String) throws(Failed) -> [UInt8] {
    guard let file = gzopen(path, "rbe") else { throw Failed(reason: systemMessage()) }
    defer { gzclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: piece)
    while true {
      let count = gzread(file, &buffer, UInt32(buffer.count))
      guard count >= 0 else { throw Failed(reason: "it is damaged") }
      bytes += buffer.prefix(Int(count))
      if count < buffer.count { break }
    }
    // The end of a file that breaks off is no error of gzread's.
    var code: Int32 = 0
    _ = gzerror(file, &code)
    guard code == Z_OK || code == Z_STREAM_END else { throw Failed(reason: "it breaks off") }
    return bytes
  }

  private static func systemMessage() -> String { String(cString: strerror(errno)) }
}
