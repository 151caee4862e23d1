import Glibc
import ServiceLifecycle

/// Tells systemd how the service fares: ready, alive, reloading, stopping.
///
/// Source: sd_notify(3), sd_watchdog_enabled(3): a datagram of `NAME=value` lines to the socket that NOTIFY_SOCKET
/// names.
package struct SystemdNotifier: Service {
  private let socket: NotifySocket
  /// How often systemd wants to hear that we are alive; nil where it does not.
  package let watchdog: Duration?
  private let isAlive: @Sendable () async -> Bool
  private let sleep: @Sendable (Duration) async throws -> Void

  /// - Parameters:
  ///   - isAlive: asked before each sign of life; while it says no, none is sent, and systemd restarts the service.
  ///   - process: whose watchdog is meant; by default this one.
  /// - Returns: nil where no systemd listens.
  package init?(
    environment: [String: String], process: Int32 = getpid(), isAlive: @escaping @Sendable () async -> Bool,
    sleep: @escaping @Sendable (Duration) async throws -> Void
  ) {
    guard let path = environment["NOTIFY_SOCKET"], let socket = NotifySocket(path) else { return nil }
    self.socket = socket
    let isOurs = environment["WATCHDOG_PID"].map { $0 == "\(process)" } ?? true
    watchdog = environment["WATCHDOG_USEC"].flatMap(Int64.init).flatMap {
      isOurs && $0 > 0 ? Duration.microseconds($0) : nil
    }
    self.isAlive = isAlive
    self.sleep = sleep
  }

  /// Says that the service is ready, then, twice in each time that systemd grants, that it is alive; that it stops when
  /// a graceful shutdown begins.
  package func run() async throws {
    socket.send("READY=1")
    await cancelWhenGracefulShutdown {
      // Without a watchdog there is nothing to say until the end.
      let pause = watchdog.map { $0 / 2 } ?? .seconds(3_600)
      while true {
        do { try await sleep(pause) } catch { break }
        if watchdog != nil, await isAlive() { socket.send("WATCHDOG=1") }
      }
    }
    socket.send("STOPPING=1")
  }

  /// One line that `systemctl status` shows.
  package func status(_ line: String) { socket.send("STATUS=\(line.replacing("\n", with: " "))") }

  /// The service reads its feeds anew; ``ready()`` says that it has.
  ///
  /// The C function is `clock_gettime`: systemd compares the time with its own, to know whose reload it is.
  package func reloading() {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    socket.send("RELOADING=1\nMONOTONIC_USEC=\(Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)")
  }

  package func ready() { socket.send("READY=1") }
}

/// The datagram socket of whoever started us; a path, or `@name` in Linux's abstract name space.
struct NotifySocket: Sendable {
  private let name: [UInt8]

  /// - Returns: nil for what is neither, or too long for an address.
  init?(_ path: String) {
    var name = Array(path.utf8)
    guard name.count > 1, name[0] == UInt8(ascii: "/") || name[0] == UInt8(ascii: "@"),
      name.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path)
    else { return nil }
    if name[0] == UInt8(ascii: "@") { name[0] = 0 }
    self.name = name
  }

  /// The C functions are `socket` and `sendto`. What nobody hears is no fault of ours: nothing is thrown.
  func send(_ message: String) {
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    // An abstract name is as long as the address says; a path ends at its NUL either way.
    let length = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + name.count)
    let bytes = Array(message.utf8)
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        // Without waiting: a full queue must not hold up what we would report on.
        _ = sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT), raw, length)
      }
    }
  }
}
