import Glibc

/// What standard output is written on.
struct Terminal {
  /// 80 where it is none, or does not tell.
  let width: Int
  /// 24 where it is none, or does not tell.
  let height: Int
  /// Not where NO_COLOR asks for none (https://no-color.org).
  let isColoured: Bool

  /// Whether standard output is one. The C function is `isatty`.
  static var isThere: Bool { isatty(STDOUT_FILENO) == 1 }

  /// The C function is `ioctl`.
  init(environment: [String: String]) {
    let isTerminal = Self.isThere
    var size = winsize()
    let isKnown = isTerminal && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    height = isKnown && size.ws_row > 0 ? Int(size.ws_row) : environment["LINES"].flatMap { Int($0) } ?? 24
    width = isKnown ? Int(size.ws_col) : environment["COLUMNS"].flatMap { Int($0) } ?? 80
    let forbids = environment["NO_COLOR"]?.isEmpty == false || environment["TERM"] == "dumb"
    isColoured = isTerminal && !forbids
  }
}
