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

/// A second SIGTERM or SIGINT ends the program at once.
///
/// Beside the services, not one of them: each is waited for at the end, and this listens until then.
func endAtOnceOnSecondSignal() {
  Task.detached {
    var hasCome = false
    for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
      // The C function is `_exit`: nothing is to be waited for. 128 and the signal's number, as a shell reports it.
      if hasCome { _exit(128 + (signal == .sigterm ? SIGTERM : SIGINT)) }
      hasCome = true
    }
  }
}
