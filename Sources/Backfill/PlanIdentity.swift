import Feeds
import Market

extension Plan {
  /// What names this plan and no other: 16 hexadecimal digits of what it was made from, the feed's way of asking and
  /// reading and each window in its order. FNV-1a: it guards against a change, not against somebody who means it.
  package var identity: String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ bytes: some Sequence<UInt8>) {
      for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    add("\(feed.id)\n\(feed.host.baseURL)\n\(feed.request)\n\(feed.format)\n\(feed.reading)\n".utf8)
    for window in windows {
      for instant in [window.from, window.to] {
        withUnsafeBytes(of: instant.microseconds.littleEndian) { add($0) }
      }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Observations to expect of it, where each of its signals has a value every half hour.
  package var expectedObservations: Int { periods * feed.signals.count }
}
