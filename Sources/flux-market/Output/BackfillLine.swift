import Backfill
import Feeds
import Intake
import Market
import Synchronization

/// How far a backfill is, and whether its host's limit is what holds it up; shown while nothing happens too.
final class BackfillLine: Sendable {
  private struct State {
    var progress: Backfill.Progress?
    var shownAt = ContinuousClock.now
    /// The host's limit had kept calls waiting for so long when the line was shown.
    var waited: Duration
  }

  private let intake: Intake
  private let line = ProgressLine()
  /// What earlier backfills of the same host had waited.
  private let waitedBefore: Duration
  private let state: Mutex<State>

  init(_ intake: Intake) async {
    self.intake = intake
    waitedBefore = await intake.waitedForLimit
    state = Mutex(State(waited: waitedBefore))
  }

  /// How long the host's limit has kept calls of this backfill waiting.
  var waited: Duration { get async { await intake.waitedForLimit - waitedBefore } }

  /// What is shown the next time.
  func note(_ progress: Backfill.Progress) { state.withLock { $0.progress = progress } }

  /// Shows what was noted again and again, until its task is cancelled.
  func run() async {
    while (try? await Task.sleep(for: line.interval)) != nil { await show(isLast: false) }
  }

  /// Leaves the last line as it stands, or what came of it.
  func end(_ progress: Backfill.Progress? = nil) async {
    if let progress {
      note(progress)
      await show(isLast: true)
    }
    line.end()
  }

  private func show(isLast: Bool) async {
    let (now, waited) = (ContinuousClock.now, await intake.waitedForLimit)
    state.withLock { state in
      guard let progress = state.progress else { return }
      line.show(isLast: isLast) { elapsed in
        let isLimited = waited > state.waited && (waited - state.waited) * 2 >= now - state.shownAt
        (state.shownAt, state.waited) = (now, waited)
        return text(progress, elapsed: elapsed, isLimited: isLimited)
      }
    }
  }

  /// - Parameter isLimited: for most of the time since the last line calls waited for their permits.
  private func text(_ progress: Backfill.Progress, elapsed: Duration, isLimited: Bool) -> String {
    let feed = intake.feed
    let part = progress.windows == 0 ? 1 : min(1, Double(progress.read) / Double(progress.windows))
    var parts = [
      "\(feed.id): \(line.bar(part))\(progress.read) of \(counted(progress.windows, "window")) "
        + "(\(Int(part * 100)) %)", "\(progress.new) new", "\(progress.revised) changed",
      "\(progress.unchanged) unchanged",
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
