import Glibc
import Hummingbird
internal import Market
import NIOCore
import ServiceLifecycle

extension Answers {
  /// An answer that goes wrong on its way, or is another one altogether.
  func respond(
    _ fault: Fault, _ reply: Reply, _ entry: Ledger.Entry, over channel: any Channel, to request: Request
  ) async throws -> Response {
    var entry = entry
    entry.fault = fault
    func other(_ body: [UInt8], type: String? = nil, status: Int = 200, headers: HTTPFields = [:]) -> Response {
      var headers = headers
      headers[.contentType] = type ?? reply.contentType
      return respond(
        Reply(body: body), entry, status: status, headers: headers, length: body.count
      ) { try await $0.write(ByteBuffer(bytes: body)) }
    }
    switch fault {
    case .outage: return try await breakOff(channel, entry)
    case .hang:
      // Longer than any of our clients waits; cut short when the simulator is to end.
      try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .minutes(3)) }
      return try await breakOff(channel, entry)
    case .reset:
      return respond(reply, entry, length: reply.body.count) { writer in
        try await writer.write(ByteBuffer(bytes: reply.body.prefix(reply.body.count / 2)))
        try await channel.reset()
        throw ChannelError.alreadyClosed
      }
    case .slow(let length): return send(reply, entry, pieces: 20, pause: length / 20)
    case .endless:
      return respond(reply, entry, length: nil) { writer in
        try await writer.write(ByteBuffer(bytes: reply.body.prefix(reply.body.count / 2)))
        let blanks = ByteBuffer(repeating: UInt8(ascii: " "), count: 256 << 10)
        while true { try await writer.write(blanks) }
      }
    case .html:
      let page = "<!doctype html>\n<title>Down for repair</title>\n<p>We will be back.\n"
      return other(Array(page.utf8), type: "text/html")
    case .empty: return other([])
    case .truncated: return other(Array(reply.body.prefix(reply.body.count / 2)))
    case .wrongType: return other(reply.body, type: "image/png")
    case .corruptGzip: return other(gzipMagic + reply.body, headers: [.contentEncoding: "gzip"])
    case .bomb(let size): return other(gzippedZeros(mebibytes: size), headers: [.contentEncoding: "gzip"])
    case .redirectLoop: return other([], status: 302, headers: [.location: request.uri.string])
    case .elsewhere(let scheme):
      let place = scheme == "file" ? "file:///etc/hostname" : "\(scheme)://elsewhere.invalid\(request.uri.path)"
      return other([], status: 302, headers: [.location: place])
    case .status(let code, let retryAfter):
      var headers: HTTPFields = [:]
      switch retryAfter {
      case nil: break
      case .seconds(let seconds): headers[.retryAfter] = "\(seconds)"
      // By the machine's clock, as the reply's own Date is.
      case .date(let seconds): headers[.retryAfter] = Instant(seconds: Int64(time(nil) + seconds)).httpDate
      }
      return other(Array(#"{"detail":"simulated \#(code)"}"#.utf8), status: code, headers: headers)
    case .text, .nan, .huge, .null, .period, .anotherDay, .disagree, .unknown, .gone, .stale:
      // Of a reply that has no records, or none that can go wrong so.
      entry.fault = nil
      return send(reply, entry)
    }
  }

  private func breakOff(_ channel: any Channel, _ entry: Ledger.Entry) async throws -> Response {
    noteUnanswered(entry)
    try await channel.reset()
    return Response(status: .serviceUnavailable)
  }
}

extension Channel {
  /// Closes it so that the other side gets a TCP reset. The C function is `close`, after `SO_LINGER` of no time.
  fileprivate func reset() async throws {
    if let socket = self as? any SocketOptionProvider {
      try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
    }
    try await close()
  }
}

private let gzipMagic: [UInt8] = [31, 139, 8, 0, 0, 0, 0, 0, 2, 3]

/// A gzip stream of zeros, 160 times smaller than what it unpacks to: 258 bytes for each 13 bits (RFC 1951, fixed
/// Huffman codes).
private func gzippedZeros(mebibytes: Int) -> [UInt8] {
  var bytes = gzipMagic
  bytes.reserveCapacity(mebibytes << 20 / 158)
  var pending: UInt32 = 0
  var count: UInt32 = 0
  func put(_ bits: UInt32, _ width: UInt32) {
    pending |= bits << count
    count += width
    while count >= 8 {
      bytes.append(UInt8(truncatingIfNeeded: pending))
      pending >>= 8
      count -= 8
    }
  }
  put(0b011, 3)  // last block, fixed codes
  put(0b0000_1100, 8)  // one zero
  for _ in 0..<(mebibytes << 20 / 258) { put(0b1010_0011, 13) }  // 258 bytes, from one byte back
  put(0, 7 + 7)  // end of block
  return bytes
}
