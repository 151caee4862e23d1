import CGlibc
import Glibc

/// A file without a name, in memory, gone with its last descriptor. The C function is `memfd_create`.
///
/// As a program's input and output it is better than a pipe: nobody blocks on it, a program that leaves its input
/// unread harms nobody, and one that lives on with its parent's output open (the server) is not waited for.
struct MemoryFile: ~Copyable {
  let descriptor: Int32

  /// - Throws: the `errno` of what failed.
  static func holding(_ text: String = "") throws(SystemError) -> MemoryFile {
    let file = MemoryFile(descriptor: try open())
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(file.descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw SystemError(number: errno) }
      rest = rest.dropFirst(count)
    }
    lseek(file.descriptor, 0, SEEK_SET)
    return file
  }

  private init(descriptor: Int32) { self.descriptor = descriptor }

  private static func open() throws(SystemError) -> Int32 {
    var descriptor = memfd_create("flux-market", CLOSE_ON_EXEC)
    if (0...2).contains(descriptor) {
      // A caller without standard streams: a descriptor there would be overwritten while the child's are put in place.
      let low = descriptor
      descriptor = fcntl(low, F_DUPFD_CLOEXEC, 3)
      close(low)
    }
    guard descriptor >= 0 else { throw SystemError(number: errno) }
    return descriptor
  }

  deinit { close(descriptor) }

  /// What was written, up to `limit` bytes.
  func text(limit: Int) -> String {
    var bytes = [UInt8](repeating: 0, count: limit)
    var count = 0
    while count < limit {
      let more = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress?.advanced(by: count), limit - count, off_t(count))
      }
      if more < 0 && errno == EINTR { continue }
      guard more > 0 else { break }
      count += more
    }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}

/// The `errno` of a system call that failed.
struct SystemError: Error {
  let number: Int32
}
