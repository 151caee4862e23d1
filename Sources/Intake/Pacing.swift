import Glibc
package import Market

/// Time and chance, as everything that waits is given them; tests hand in their own.
package struct Pacing: Sendable {
  package let now: @Sendable () -> Instant
  /// Returns at or after the instant; throws `CancellationError` when the task is cancelled.
  package let sleep: @Sendable (Instant) async throws -> Void
  /// From 0 up to, but not including, 1.
  package let random: @Sendable () -> Double

  package init(
    now: @escaping @Sendable () -> Instant, sleep: @escaping @Sendable (Instant) async throws -> Void,
    random: @escaping @Sendable () -> Double
  ) {
    self.now = now
    self.sleep = sleep
    self.random = random
  }

  /// The machine's clock and its random numbers. The C function is `clock_gettime`.
  package static let system = Pacing(
    now: systemNow,
    sleep: { instant in
      let pause = instant.since(systemNow())
      if pause > .zero { try await Task.sleep(for: pause) }
    },
    random: { Double.random(in: 0..<1) })
}

@Sendable private func systemNow() -> Instant {
  var time = timespec()
  clock_gettime(CLOCK_REALTIME, &time)
  return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
}
