import Backfill
import Feeds
import Glibc
import Intake
import Market
import Synchronization

/// How far a backfill is, on standard error: one line that is rewritten on a terminal, else a line every ten seconds.
final class ProgressLine: Sendable {
  private struct State {
    var progress: Backfill.Progress?
    var line = ""
    var shownAt: ContinuousClock.Instant
    /// The host's limit had kept calls waiting for so long when the line was shown.
    var waited: Duration
  }

  private static let barWidth = 20

  private let intake: Intake
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let started = ContinuousClock.now
  /// What earlier backfills of the same host had waited.
  private let waitedBefore: Duration
  private let state: Mutex<State>

  init(_ intake: Intake) async {
    self.intake = intake
    waitedBefore = await intake.waitedForLimit
    state = Mutex(State(shownAt: started, waited: waitedBefore))
  }

  /// How long the host's limit has kept calls of this backfill waiting.
  var waited: Duration { get async { await intake.waitedForLimit - waitedBefore } }

  /// What is shown the next time.
  func note(_ progress: Backfill.Progress) { state.withLock { $0.progress = progress } }

  /// Shows what was noted, while nothing happens too, until its task is cancelled.
  func run() async {
    while (try? await Task.sleep(for: isTerminal ? .milliseconds(100) : .seconds(10))) != nil { await show() }
  }

  /// Leaves the last line as it stands, or what came of it.
  func end(_ progress: Backfill.Progress? = nil) async {
    if let progress {
      note(progress)
      await show()
    }
    state.withLock { state in
      if isTerminal, !state.line.isEmpty { writeAll([UInt8(ascii: "\n")], to: STDERR_FILENO) }
    }
  }

  private func show() async {
    let (now, waited) = (ContinuousClock.now, await intake.waitedForLimit)
    state.withLock { state in
      guard let progress = state.progress else { return }
      let isLimited = waited > state.waited && (waited - state.waited) * 2 >= now - state.shownAt
      (state.shownAt, state.waited) = (now, waited)
      let line = text(progress, elapsed: now - started, isLimited: isLimited)
      guard line != state.line else { return }
      let padding = String(repeating: " ", count: max(0, state.line.count - line.count))
      state.line = line
      guard isTerminal else { return tell(line) }
      writeAll(Array("\r\(line)\(padding)".utf8), to: STDERR_FILENO)
    }
  }

  /// - Parameter isLimited: for most of the time since the last line calls waited for their permits.
  private func text(_ progress: Backfill.Progress, elapsed: Duration, isLimited: Bool) -> String {
    let feed = intake.feed
    let part = progress.windows == 0 ? 1 : min(1, Double(progress.read) / Double(progress.windows))
    let full = Int(part * Double(Self.barWidth))
    let bar = String(repeating: "#", count: full) + String(repeating: "-", count: Self.barWidth - full)
    var parts = [
      "\(feed.id): \(isTerminal ? "[\(bar)] " : "")\(progress.read) of \(counted(progress.windows, "window")) "
        + "(\(Int(part * 100)) %)", "\(progress.inserted) new", "\(progress.unchanged) unchanged",
    ]
    if progress.counts.rejected > 0 { parts.append("\(progress.counts.rejected) rejected") }
    if !progress.failures.isEmpty { parts.append("\(progress.failures.count) failed") }
    if let left = progress.timeLeft(after: elapsed, rate: feed.host.rate) {
      let perMinute = Int(Double(progress.read) * 60 / max(1, elapsed / .seconds(1)))
      parts.append(perMinute < 60 ? "\(perMinute) a minute" : "\(perMinute / 60) a second")
      parts.append("\(left.inWords) left")
      if isLimited { parts.append("waiting for \(feed.host.id)'s limit") }
    }
    return parts.joined(separator: ", ")
  }
}
