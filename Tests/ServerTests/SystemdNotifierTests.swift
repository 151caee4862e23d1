import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import Server

@Suite struct `What systemd is told` {
  @Test(arguments: [false, true])
  func `Ready, alive while it is, stopping: over a path and over an abstract name`(isAbstract: Bool) async throws {
    let name = "flux-notify-\(UUID().uuidString.prefix(8))"
    let socket = try DatagramSocket(isAbstract ? "@\(name)" : "/tmp/\(name)")
    let alive = Mutex([true, false, true])
    let pauses = Mutex<[Duration]>([])
    let (stops, stop) = AsyncStream.makeStream(of: Void.self)
    let made = SystemdNotifier(
      environment: ["NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "\(getpid())"],
      isAlive: { alive.withLock { $0.isEmpty || $0.removeFirst() } },
      sleep: { pause in
        pauses.withLock { $0.append(pause) }
        guard alive.withLock({ $0.isEmpty }) else { return }
        stop.yield()
        try await gracefulShutdown()
        throw CancellationError()
      })
    let notifier = try #require(made)
    let group = ServiceGroup(services: [notifier], logger: Logger(label: "test"))
    async let running: Void = group.run()
    for await _ in stops { break }
    await group.triggerGracefulShutdown()
    try await running
    #expect(socket.messages() == ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1"])
    #expect(pauses.withLock { $0 } == Array(repeating: .seconds(15), count: 4))
  }

  @Test func `A reload says when by the monotonic clock, and a status is one line`() throws {
    let socket = try DatagramSocket("@flux-notify-\(UUID().uuidString.prefix(8))")
    let made = SystemdNotifier(environment: ["NOTIFY_SOCKET": socket.name], isAlive: { true }, sleep: { _ in })
    let notifier = try #require(made)
    #expect(notifier.watchdog == nil)
    notifier.status("5 feeds\non")
    notifier.reloading()
    notifier.ready()
    let messages = socket.messages()
    try #require(messages.first == "STATUS=5 feeds on" && messages.last == "READY=1" && messages.count == 3)
    let time = try #require(messages[1].split(separator: "=").last.flatMap { Int64($0) })
    #expect(messages[1] == "RELOADING=1\nMONOTONIC_USEC=\(time)" && time > 0)
  }

  @Test func `Without systemd, or for another process's watchdog, nothing is said`() {
    for path in ["", "relative", "/", "/" + String(repeating: "x", count: 200)] {
      #expect(SystemdNotifier(environment: ["NOTIFY_SOCKET": path], isAlive: { true }, sleep: { _ in }) == nil)
    }
    #expect(SystemdNotifier(environment: [:], isAlive: { true }, sleep: { _ in }) == nil)
    let other = SystemdNotifier(
      environment: ["NOTIFY_SOCKET": "/tmp/nobody", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"],
      isAlive: { true }, sleep: { _ in })
    #expect(other != nil && other?.watchdog == nil)
    // Nobody hears it, and nothing happens.
    other?.ready()
  }
}

/// A listening datagram socket of the unix domain, as systemd's is.
private final class DatagramSocket {
  let name: String
  private let descriptor: Int32

  init(_ name: String) throws {
    self.name = name
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(name.utf8)
    if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let length = socklen_t(2 + bytes.count)
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
    }
    guard bound == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
  }

  /// All that have come.
  func messages() -> [String] {
    var messages: [String] = []
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while case let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT)), count > 0 {
      messages.append(String(decoding: buffer.prefix(count), as: UTF8.self))
    }
    return messages
  }

  deinit {
    close(descriptor)
    if name.hasPrefix("/") { unlink(name) }
  }
}
