import Glibc
import Synchronization

/// How far something long is, on standard error: one line that is rewritten on a terminal, else one every ten seconds.
final class ProgressLine: Sendable {
  private struct State {
    var shownAt: ContinuousClock.Instant?
    var line = ""
  }

  private static let barWidth = 20

  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let started = ContinuousClock.now
  private let state = Mutex(State())

  /// Between two lines.
  var interval: Duration { isTerminal ? .milliseconds(100) : .seconds(10) }

  /// - Parameters:
  ///   - isLast: is shown however soon after the one before.
  ///   - text: is called where it is time to show it, with the time since the beginning.
  func show(isLast: Bool = false, _ text: (_ elapsed: Duration) -> String) {
    let now = ContinuousClock.now
    state.withLock { state in
      if let shown = state.shownAt ?? (isTerminal ? nil : started), now - shown < interval, !isLast { return }
      let line = text(now - started)
      // The end is reported by the last load and by the run.
      guard line != state.line else { return }
      let padding = String(repeating: " ", count: max(0, state.line.count - line.count))
      state.shownAt = now
      state.line = line
      guard isTerminal else { return tell(line) }
      writeAll(Array("\r\(line)\(padding)".utf8), to: STDERR_FILENO)
    }
  }

  /// Leaves the last line as it stands.
  func end() {
    state.withLock { state in
      if isTerminal, !state.line.isEmpty { writeAll([UInt8(ascii: "\n")], to: STDERR_FILENO) }
    }
  }

  /// On a terminal.
  ///
  /// - Parameter part: from 0 to 1.
  func bar(_ part: Double) -> String {
    let full = Int(part * Double(Self.barWidth))
    let bar = String(repeating: "#", count: full) + String(repeating: "-", count: Self.barWidth - full)
    return isTerminal ? "[\(bar)] " : ""
  }
}
