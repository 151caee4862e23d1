import Glibc

/// Where a server listens: `127.0.0.1:9464`, `[::1]:9464`, `localhost:9464`, `0.0.0.0:9464`.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
  /// An address or a name, without brackets.
  package let host: String
  /// 0 for any free one.
  package let port: Int

  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  package struct Malformed: Error, Hashable, CustomStringConvertible {
    package let text: String
    package var description: String {
      "\"\(text)\" is no address to listen on: write ADDRESS:PORT, such as 127.0.0.1:9464 or [::1]:9464"
    }
  }

  package init(_ text: String) throws(Malformed) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65_535).contains(port)
    else { throw Malformed(text: text) }
    var host = text[..<colon]
    if host.first == "[", host.last == "]" {
      host = host.dropFirst().dropLast()
      guard host.contains(":") else { throw Malformed(text: text) }
    } else if host.contains(where: { ":[]".contains($0) }) {
      // An IPv6 address whose last part looks like a port.
      throw Malformed(text: text)
    }
    guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || $0 == "/" }) else { throw Malformed(text: text) }
    self.init(host: String(host), port: port)
  }

  /// Whether only this machine can reach it. A name is none, but for `localhost`.
  /// The C function is `inet_pton`.
  package var isLoopback: Bool {
    if host == "localhost" { return true }
    var four = in_addr()
    if inet_pton(AF_INET, host, &four) == 1 { return UInt32(bigEndian: four.s_addr) >> 24 == 127 }
    var six = in6_addr()
    guard inet_pton(AF_INET6, host, &six) == 1 else { return false }
    return withUnsafeBytes(of: six) { $0.last == 1 && $0.dropLast().allSatisfy { $0 == 0 } }
  }

  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
