import Glibc
package import Market

extension Spool {
  /// This machine's clock, to the second. The C function is `time`.
  package static let systemTime: @Sendable () -> Instant = { Instant(seconds: Int64(time(nil))) }
}
