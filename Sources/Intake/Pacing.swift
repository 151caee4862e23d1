import Glibc
package import Market

/// Time and chance, as everything that waits is given them; tests hand in their own.
package struct Pacing: Sendable {
  package let now: @Sendable () -> Instant
  /// Returns when the instant has come; throws `CancellationError` when the task is cancelled.
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
  package static let system = Pacing(clock: { read(CLOCK_REALTIME) })

  /// The same, by a clock that nobody sets: right now it shows the time, later what has passed since, suspension
  /// included. For the spacing of calls, which a clock set back by an hour must not hold up for that hour.
  package static let steady = Pacing(
    clock: { steadyZero.advanced(by: .microseconds(read(CLOCK_BOOTTIME).microseconds)) })

  private static let steadyZero =
    read(CLOCK_REALTIME).advanced(by: .microseconds(-read(CLOCK_BOOTTIME).microseconds))

  private init(clock: @escaping @Sendable () -> Instant) {
    self.init(
      now: clock,
      sleep: { instant in
        // Measured once: a clock that is set back meanwhile must not make it longer.
        let pause = instant.since(clock())
        if pause > .zero { try await Task.sleep(for: pause) }
      },
      random: { Double.random(in: 0..<1) })
  }

  private static func read(_ clock: clockid_t) -> Instant {
    var time = timespec()
    clock_gettime(clock, &time)
    return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }
}
