import Foundation
import Glibc

/// A client that sends exactly what a test wants, and reads as little of the answer as it wants; one thread may read
/// while another writes.
final class HTTPClient: Sendable {
  private let descriptor: Int32

  /// - Parameter room: bytes that the kernel keeps for a client that does not read; nil leaves it to the kernel.
  init(port: Int, room: Int32? = nil) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    if var room {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    // `deinit` closes it: a second close here could be of what another thread has opened meanwhile.
    guard connected == 0 else { throw POSIXError(.ECONNREFUSED) }
  }

  deinit { close(descriptor) }

  func send(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  /// Ends both directions: a read that waits returns.
  func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// What comes next, empty at the end. Blocks its thread.
  func read() -> [UInt8] {
    var piece = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &piece, piece.count, 0)
    return count > 0 ? Array(piece.prefix(count)) : []
  }

  /// All that comes until the other side closes. Blocks its thread.
  func readAll() -> [UInt8] {
    var bytes: [UInt8] = []
    while case let piece = read(), !piece.isEmpty { bytes += piece }
    return bytes
  }

  /// Runs what blocks on a thread of its own.
  func onThread<Value: Sendable>(_ body: @escaping @Sendable (HTTPClient) -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread { continuation.resume(returning: body(self)) }
    }
  }
}

/// An answer, its body without the framing of chunks.
struct HTTPReply: Sendable {
  let status: Int
  /// By names in lower case; several of one name with commas between.
  let headers: [String: String]
  let body: [UInt8]
  /// Whether the body ended as its framing promised.
  let isWhole: Bool

  var text: String { String(decoding: body, as: UTF8.self) }

  /// - Returns: empty for what is no JSON object.
  var json: [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
  }

  func objects(_ name: String) -> [[String: Any]] { json[name] as? [[String: Any]] ?? [] }

  init(_ bytes: [UInt8], isHead: Bool = false) {
    let end = bytes.firstRange(of: Array("\r\n\r\n".utf8))
    let head = String(decoding: bytes[..<(end?.lowerBound ?? bytes.endIndex)], as: UTF8.self)
    let lines = head.split(separator: "\r\n")
    status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let (name, value) = (parts[0].lowercased(), String(parts[1].drop { $0 == " " }))
      headers[name] = headers[name].map { "\($0), \(value)" } ?? value
    }
    self.headers = headers
    let rest = end.map { Array(bytes[$0.upperBound...]) } ?? []
    if headers["transfer-encoding"] == "chunked", !isHead {
      var chunks = Chunks()
      body = chunks.feed(rest)
      isWhole = chunks.isOver
    } else {
      body = rest
      isWhole = isHead || headers["content-length"].map { Int($0) == rest.count } ?? true
    }
  }

  /// - Parameter head: lines of the header beside Host and Connection.
  static func get(
    _ path: String, port: Int, method: String = "GET", _ head: [String] = []
  ) async throws -> HTTPReply {
    let client = try HTTPClient(port: port)
    let lines = ["\(method) \(path) HTTP/1.1", "Host: h", "Connection: close"] + head
    client.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
    return HTTPReply(await client.onThread { $0.readAll() }, isHead: method == "HEAD")
  }
}

/// Takes the framing of chunks off (RFC 9112, section 7.1).
struct Chunks {
  private var pending: [UInt8] = []
  private(set) var isOver = false

  mutating func feed(_ bytes: [UInt8]) -> [UInt8] {
    pending += bytes
    var content: [UInt8] = []
    var start = 0
    while let line = pending[start...].firstRange(of: [0x0D, 0x0A]),
      let size = Int(String(decoding: pending[start..<line.lowerBound], as: UTF8.self), radix: 16), size >= 0,
      pending.count - line.upperBound - 2 >= size
    {
      content += pending[line.upperBound..<(line.upperBound + size)]
      start = line.upperBound + size + 2
      if size == 0 { isOver = true }
    }
    pending.removeFirst(start)
    return content
  }
}
