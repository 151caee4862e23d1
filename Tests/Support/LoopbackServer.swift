import Glibc
import Synchronization

/// An HTTP/1.1 server over plain sockets that answers with exactly the bytes a test wants, wrong ones included.
///
/// One thread accepts, one serves each connection. It hears on 127.0.0.1 alone, until `stop` or the end
/// of the test process.
package final class LoopbackServer: Sendable {
  package struct Received: Sendable {
    package let line: String
    package let headers: [String: String]
    package let body: [UInt8]

    package var path: String { line.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
  }

  struct Log: Sendable {
    var connections = 0
    var requests: [Received] = []
    /// Connections that the client closed while a reply was still being written or held back.
    var closedByClient = 0
    var isStopping = false
    var sockets: Set<Int32> = []
  }

  package typealias Answer = @Sendable (Received, Connection) -> Void

  package let port: UInt16
  private let listener: Int32
  private let log: Mutex<Log>
  private let answer: Answer

  package var url: String { "http://127.0.0.1:\(port)" }
  package var connections: Int { log.withLock { $0.connections } }
  package var requests: [Received] { log.withLock { $0.requests } }
  package var closedByClient: Int { log.withLock { $0.closedByClient } }

  package init(_ answer: @escaping Answer) throws {
    // Close-on-exec: programs that other tests start must not keep our port.
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let (fd, size) = (listener, length)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        guard bind(fd, raw, size) == 0, listen(fd, 256) == 0 else { return false }
        return getsockname(fd, raw, &length) == 0
      }
    }
    guard bound else { throw SocketError(number: errno) }
    port = UInt16(bigEndian: address.sin_port)
    log = Mutex(Log())
    self.answer = answer
    detachThread { [self] in
      while true {
        let socket = accept(listener, nil, nil)
        guard socket >= 0 else {
          // Here and not in `stop`: the number must not be anybody else's while we may still accept on it.
          close(listener)
          return
        }
        if welcomes(socket) { detachThread { self.serve(socket) } } else { close(socket) }
      }
    }
  }

  /// Ends the listener and every connection.
  package func stop() {
    log.withLock { log in
      guard !log.isStopping else { return }
      log.isStopping = true
      shutdown(listener, Int32(SHUT_RDWR))
      for socket in log.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
    }
  }

  private func welcomes(_ socket: Int32) -> Bool {
    log.withLock { log in
      guard !log.isStopping else { return false }
      log.connections += 1
      log.sockets.insert(socket)
      return true
    }
  }

  private func serve(_ socket: Int32) {
    var one: Int32 = 1
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    let connection = Connection(socket: socket)
    while let request = connection.read() {
      log.withLock { $0.requests.append(request) }
      answer(request, connection)
      if connection.isOver { break }
    }
    log.withLock { log in
      if connection.sawClientLeave { log.closedByClient += 1 }
      log.sockets.remove(socket)
    }
    close(socket)
  }

  struct SocketError: Error { let number: Int32 }
}

extension LoopbackServer {
  /// One accepted connection, used by its own thread alone.
  package final class Connection {
    private let socket: Int32
    private var buffer: [UInt8] = []
    package private(set) var isOver = false
    private(set) var sawClientLeave = false

    init(socket: Int32) { self.socket = socket }

    package func send(_ text: String) { send(Array(text.utf8)) }

    package func send(_ bytes: [UInt8]) {
      var sent = 0
      while sent < bytes.count {
        let count = bytes.withUnsafeBytes { raw in
          Glibc.send(socket, raw.baseAddress?.advanced(by: sent), raw.count - sent, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else {
          sawClientLeave = true
          isOver = true
          return
        }
        sent += count
      }
    }

    /// A whole reply with its length.
    package func reply(
      status: String = "200 OK", type: String = "application/json", headers: [String] = [], bytes body: [UInt8]
    ) {
      let lines = ["HTTP/1.1 \(status)", "Content-Type: \(type)", "Content-Length: \(body.count)"] + headers
      send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
    }

    package func reply(
      _ body: String = "", status: String = "200 OK", type: String = "application/json", headers: [String] = []
    ) {
      reply(status: status, type: type, headers: headers, bytes: Array(body.utf8))
    }

    /// Ends the connection: with FIN, or with RST where `abruptly`.
    package func hangUp(abruptly: Bool = false) {
      if abruptly {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
      }
      isOver = true
    }

    /// Holds the reply back until the client leaves, or for `seconds`.
    package func hold(seconds: Int = 60) {
      var wait = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      if poll(&wait, 1, Int32(seconds * 1_000)) > 0 { sawClientLeave = true }
      isOver = true
    }

    /// Waits for so long, unless the client leaves; whether it is still there.
    package func wait(milliseconds: Int) -> Bool {
      var wait = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      guard poll(&wait, 1, Int32(milliseconds)) > 0 else { return true }
      sawClientLeave = true
      isOver = true
      return false
    }

    fileprivate func read() -> LoopbackServer.Received? {
      let mark = Array("\r\n\r\n".utf8)
      var end = buffer.firstRange(of: mark)
      while end == nil {
        guard more() else { return nil }
        end = buffer.firstRange(of: mark)
      }
      guard let end else { return nil }
      let lines = String(decoding: buffer[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
      var headers: [String: String] = [:]
      for line in lines.dropFirst() {
        let parts = line.split(separator: ":", maxSplits: 1)
        if parts.count == 2 { headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " }) }
      }
      buffer.removeSubrange(..<end.upperBound)
      let length = max(0, headers["content-length"].flatMap { Int($0) } ?? 0)
      while buffer.count < length { guard more() else { return nil } }
      let body = Array(buffer.prefix(length))
      buffer.removeFirst(length)
      return LoopbackServer.Received(line: lines.first.map(String.init) ?? "", headers: headers, body: body)
    }

    private func more() -> Bool {
      var piece = [UInt8](repeating: 0, count: 16_384)
      let count = recv(socket, &piece, piece.count, 0)
      guard count > 0 else { return false }
      buffer += piece.prefix(count)
      return true
    }
  }
}

private final class Work: Sendable {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// A thread of its own for `run`, which may block.
private func detachThread(_ run: @escaping @Sendable () -> Void) {
  var thread = pthread_t()
  let work = Unmanaged.passRetained(Work(run))
  let code = pthread_create(&thread, nil, { argument in
    guard let argument else { return nil }
    Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
    return nil
  }, work.toOpaque())
  guard code == 0 else { return work.release() }
  pthread_detach(thread)
}
