import Dispatch
import Glibc

/// The whole terminal, taken for a while: what stood there comes back however that ends.
///
/// Keys come one by one and are not shown; Ctrl-C, Ctrl-Z and a closed window stay what they are.
final class FullScreen {
  enum Event: Hashable, Sendable {
    case key(UInt8)
    /// SIGINT, SIGTERM, SIGHUP: to end.
    case end
    /// Another size, or back after Ctrl-Z: to draw again.
    case redraw
  }

  /// What happens, until the screen is given back.
  let events: AsyncStream<Event>
  private let report: AsyncStream<Event>.Continuation
  private let before: termios
  private let sources: [any DispatchSourceProtocol]

  // The alternate screen with its cursor hidden, and back. Source: XTerm Control Sequences, DECSET 1049 and 25.
  private static let enter = "\u{1B}[?1049h\u{1B}[?25l"
  private static let leave = "\u{1B}[?25h\u{1B}[?1049l"

  init() {
    var before = termios()
    tcgetattr(STDIN_FILENO, &before)
    self.before = before
    (events, report) = AsyncStream.makeStream(of: Event.self)
    let (report, saved) = (report, before)
    var sources: [any DispatchSourceProtocol] = []
    for name in [SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT] {
      signal(name, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: name, queue: .global())
      source.setEventHandler {
        switch name {
        case SIGTSTP:
          Self.give(saved)
          // SIGSTOP, since SIGTSTP is ours: the shell sees a stopped job, and `fg` sends SIGCONT.
          kill(getpid(), SIGSTOP)
        case SIGCONT:
          Self.take(saved)
          report.yield(.redraw)
        case SIGWINCH: report.yield(.redraw)
        default: report.yield(.end)
        }
      }
      sources.append(source)
    }
    let keys = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: .global())
    keys.setEventHandler {
      var bytes = [UInt8](repeating: 0, count: 64)
      let count = read(STDIN_FILENO, &bytes, bytes.count)
      // An end of input is a terminal that is gone.
      if count <= 0 { report.yield(.end) }
      for byte in bytes.prefix(max(count, 0)) { report.yield(.key(byte)) }
    }
    self.sources = sources + [keys]
    Self.take(before)
    for source in self.sources { source.resume() }
  }

  /// Draws lines from the top, and clears what is below them.
  func draw(_ lines: [String]) {
    let text = lines.map { $0 + "\u{1B}[K" }.joined(separator: "\n")
    writeAll(Array("\u{1B}[H\(text)\u{1B}[J".utf8), to: STDOUT_FILENO)
  }

  /// Gives the terminal back.
  func end() {
    for source in sources { source.cancel() }
    report.finish()
    Self.give(before)
  }

  /// The C function is `tcsetattr`.
  private static func take(_ before: termios) {
    var settings = before
    settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
    tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    writeAll(Array(enter.utf8), to: STDOUT_FILENO)
  }

  private static func give(_ before: termios) {
    var settings = before
    tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    writeAll(Array(leave.utf8), to: STDOUT_FILENO)
  }
}
