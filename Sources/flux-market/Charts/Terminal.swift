import Glibc

/// What standard output is written on.
struct Terminal {
  /// 80 where it is none, or does not tell.
  let width: Int
  /// Not where NO_COLOR asks for none (https://no-color.org).
  let isColoured: Bool

  /// The C functions are `isatty` and `ioctl`.
  init(environment: [String: String]) {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    var size = winsize()
    let isKnown = isTerminal && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    width = isKnown ? Int(size.ws_col) : environment["COLUMNS"].flatMap { Int($0) } ?? 80
    let forbids = environment["NO_COLOR"]?.isEmpty == false || environment["TERM"] == "dumb"
    isColoured = isTerminal && !forbids
  }
}
