import Foundation

/// Answers every request on a port of 127.0.0.1 with a web page, as a proxy's or a hotel's log-in does.
final class WebPageServer: Sendable {
  let port: Int
  private let listener: Int32

  init() throws {
    // Close-on-exec: programs that other tests start must not keep our port.
    let opened = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      // The C functions take the general form of an address.
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(opened, $0, size) == 0 && listen(opened, 16) == 0 && getsockname(opened, $0, &size) == 0
      }
    }
    guard isBound else { throw StageFailed(description: "no port on 127.0.0.1") }
    port = Int(UInt16(bigEndian: address.sin_port))
    listener = opened
    Thread.detachNewThread {
      while true {
        let connection = accept(opened, nil, nil)
        guard connection >= 0 else {
          // Here and not in `deinit`: the number must not be anybody else's while this may still accept on it.
          close(opened)
          return
        }
        var request = [UInt8](repeating: 0, count: 16_384)
        _ = recv(connection, &request, request.count, 0)
        let page = "<!DOCTYPE html><html><body>Please log in</body></html>"
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
        let reply = Array("\(head)Content-Length: \(page.utf8.count)\r\n\r\n\(page)".utf8)
        _ = send(connection, reply, reply.count, Int32(MSG_NOSIGNAL))
        close(connection)
      }
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }
}
