import Collector
import Glibc
import Logging
import Server
import ServiceLifecycle
import UnixSignals

/// Reads settings, feeds and hosts anew at SIGHUP, and goes on with the old ones where something is wrong.
struct Reload: Service {
  let collector: Collector
  let roster: Roster
  let systemd: SystemdNotifier?
  let logger: Logger

  func run() async throws {
    for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
      systemd?.reloading()
      do {
        await collector.replace(with: try await roster.intakes(try Settings()))
        logger.notice("feeds and hosts were read anew")
      } catch { logger.error("the feeds stay as they were: \(error)") }
      systemd?.ready()
    }
  }
}

/// Runs services until a signal ends them, or one of them fails; they have nine seconds to end, the last first.
func untilSignalled(_ services: [any Service], logger: Logger) async throws {
  endAtOnceOnSecondSignal()
  var group = ServiceGroupConfiguration(
    services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
  group.maximumGracefulShutdownDuration = .seconds(9)
  try await ServiceGroup(configuration: group).run()
}

/// A second SIGTERM or SIGINT ends the program at once, unless it is the first one's echo: timeout(1) and a terminal send
/// theirs to the process and to its group.
///
/// Beside the services, not one of them: each is waited for at the end, and this listens until then.
private func endAtOnceOnSecondSignal() {
  Task.detached {
    var first: ContinuousClock.Instant?
    for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
      let now = ContinuousClock.now
      // The C function is `_exit`: nothing is to be waited for. 128 and the signal's number, as a shell reports it.
      if let first, now - first > .milliseconds(200) { _exit(128 + (signal == .sigterm ? SIGTERM : SIGINT)) }
      first = first ?? now
    }
  }
}
