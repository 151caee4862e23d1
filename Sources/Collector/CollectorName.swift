import Glibc
import Intake
import Market

/// What a collector is called among the holders of hosts.
enum CollectorName {
  /// `battery-7 4711 since 2026-11-27T09:00:00Z`: machine and process for people, the start so that no other has it.
  ///
  /// The C function is `gethostname`.
  static func ofThisProcess(_ pacing: Pacing) -> String {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    let machine = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return "\(machine) \(getpid()) since \(pacing.now()) (\(UInt32(pacing.random() * 4_294_967_295)))"
  }
}
