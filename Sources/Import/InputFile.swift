import CGlibc
import Glibc

/// A file to be imported, or standard input, read in blocks; what is compressed is read through gzip or zstd.
package struct InputFile: ~Copyable {
  /// As it was given; `-` is standard input.
  package let name: String
  private let size: Int64?
  private let descriptor: Int32
  private var decompressor: Decompressor?
  /// Whether its first bytes were looked at.
  private var isKnown = false
  private var buffer: [UInt8] = []
  /// Bytes of `buffer` that are waiting to be used.
  private var used = 0

  /// Large enough that what is done for a block does not count, and small beside what is done with it.
  private static let blockSize = 1 << 20

  /// Whether it is there, without opening it: a pipe can be opened once.
  ///
  /// - Throws: ``InputError``. The C functions are `stat` and `access`.
  package static func check(_ name: String) throws(InputError) {
    guard name != "-" else { return }
    var status = stat()
    guard stat(name, &status) == 0, access(name, R_OK) == 0 else {
      throw InputError(name, .unreadable(String(cString: strerror(errno))))
    }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw InputError(name, .unreadable("it is a folder")) }
  }

  /// Bytes on the disk; nil of what is no file, such as a pipe. The C functions are `stat` and `fstat`.
  package static func size(of name: String) -> Int64? {
    var status = stat()
    let isKnown = name == "-" ? fstat(STDIN_FILENO, &status) == 0 : stat(name, &status) == 0
    return isKnown && status.st_mode & S_IFMT == S_IFREG ? Int64(status.st_size) : nil
  }

  private init(name: String, size: Int64?, descriptor: Int32) {
    self.name = name
    self.size = size
    self.descriptor = descriptor
  }

  /// - Throws: ``InputError``. The C function is `open`.
  package static func open(_ name: String) throws(InputError) -> InputFile {
    let descriptor = name == "-" ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : Glibc.open(name, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw InputError(name, .unreadable(String(cString: strerror(errno)))) }
    return InputFile(name: name, size: size(of: name), descriptor: descriptor)
  }

  deinit { close(descriptor) }

  /// How far it was read, in bytes on the disk; nil of what is no file.
  package var position: Int64? { size == nil ? nil : Int64(lseek(descriptor, 0, SEEK_CUR)) }

  /// Reads on, and lends what was read and not used so far.
  ///
  /// Blocks its thread until the file has so much, or the task is cancelled: a pipe may take its time.
  ///
  /// - Parameter body: is told whether the file ends with it, and returns how many bytes it has used.
  /// - Returns: whether there may be more.
  /// - Throws: what `body` throws, or ``InputError``; of kind `damaged` once all that could be read was lent.
  package mutating func read(_ body: (Span<UInt8>, _ isLast: Bool) throws -> Int) throws -> Bool {
    if buffer.count < used + Self.blockSize {
      buffer.append(contentsOf: repeatElement(0, count: used + Self.blockSize - buffer.count))
    }
    let isLast = try fill(upTo: used + Self.blockSize)
    // The line at a damaged file's end may be half a line.
    let isDamaged = isLast && decompressor?.finish() == false
    let count = try body(buffer.span.extracting(0..<used), isLast && !isDamaged)
    if isDamaged { throw InputError(name, .damaged(by: decompressor?.program ?? "")) }
    buffer.withUnsafeMutableBytes { bytes in
      guard count > 0, count < used, let start = bytes.baseAddress else { return }
      memmove(start, start + count, used - count)
    }
    used -= count
    return !isLast
  }

  /// The same, where what could be read of a damaged file is of use.
  ///
  /// - Parameter damage: set once all that could be read was lent.
  mutating func read(
    noting damage: inout InputError?, _ body: (Span<UInt8>, _ isLast: Bool) throws -> Int
  ) throws -> Bool {
    do { return try read(body) } catch let error as InputError {
      damage = error
      return false
    }
  }

  /// All of it.
  ///
  /// - Throws: ``InputError``, of kind `tooLarge` where it has more bytes than `limit`, and `CancellationError`.
  package mutating func readWhole(limit: Int) throws -> [UInt8] {
    var isLast = false
    while !isLast {
      if buffer.count < used + Self.blockSize {
        // Doubled, since growing block by block would copy it again and again.
        buffer.append(contentsOf: repeatElement(0, count: max(buffer.count, Self.blockSize)))
      }
      isLast = try fill(upTo: used + Self.blockSize)
      guard used <= limit else { throw InputError(name, .tooLarge(limit: limit)) }
    }
    if decompressor?.finish() == false { throw InputError(name, .damaged(by: decompressor?.program ?? "")) }
    return Array(buffer[..<used])
  }

  /// - Returns: whether the file ended. The C function is `read`.
  private mutating func fill(upTo end: Int) throws -> Bool {
    if !isKnown {
      try Self.wait(for: descriptor)
      isKnown = true
      switch Self.beginning(of: descriptor) {
      case [0x1F, 0x8B]: decompressor = try Decompressor.start("gzip", reading: descriptor, named: name)
      case [0x28, 0xB5]: decompressor = try Decompressor.start("zstd", reading: descriptor, named: name)
      default: break
      }
    }
    let source = decompressor?.output ?? descriptor
    while used < end {
      try Self.wait(for: source)
      let start = used
      let count = buffer.withUnsafeMutableBytes { bytes in
        Glibc.read(source, bytes.baseAddress.map { $0 + start }, end - start)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw InputError(name, .unreadable(String(cString: strerror(errno)))) }
      if count == 0 { return true }
      used += count
    }
    return false
  }

  /// Until something can be read, or the end. The C function is `poll`.
  private static func wait(for descriptor: Int32) throws {
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while poll(&waiting, 1, 100) == 0 { try Task.checkCancellation() }
  }

  /// The first two bytes, which stay to be read; none where nobody can look ahead, as at a terminal.
  ///
  /// The C functions are `pread`, and of a pipe `tee`.
  private static func beginning(of descriptor: Int32) -> [UInt8] {
    var bytes: [UInt8] = [0, 0]
    if lseek(descriptor, 0, SEEK_CUR) >= 0 {
      let place = lseek(descriptor, 0, SEEK_CUR)
      return pread(descriptor, &bytes, 2, place) == 2 ? bytes : []
    }
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { return [] }
    defer { ends.forEach { close($0) } }
    guard tee(descriptor, ends[1], 2, 0) == 2, Glibc.read(ends[0], &bytes, 2) == 2 else { return [] }
    return bytes
  }
}

/// A file that cannot be read, or not to its end.
package struct InputError: Error, Hashable, CustomStringConvertible {
  package enum Reason: Hashable, Sendable {
    case unreadable(String)
    case damaged(by: String)
    case notInstalled(String)
    case tooLarge(limit: Int)
  }

  package let name: String
  package let reason: Reason

  package init(_ name: String, _ reason: Reason) {
    self.name = name
    self.reason = reason
  }

  package var description: String {
    let file = name == "-" ? "standard input" : name
    return switch reason {
    case .unreadable(let why): "\(file) cannot be read: \(why)"
    case .damaged(let program): "\(file) is damaged or ends too early: \(program) could not read it to its end"
    case .notInstalled(let program):
      "\(file) needs \(program), which is not installed: apt-get install --no-install-recommends \(program)"
    case .tooLarge(let limit):
      "\(file) has more than \(limit >> 20) MiB, the most that is read of a feed's reply: split it"
    }
  }
}
