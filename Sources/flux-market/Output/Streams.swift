import Glibc

/// Writes every byte, over as many calls as it takes. The C function is `write`.
///
/// - Returns: 0, or the error of the call that failed (errno).
@discardableResult
func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
  var start = 0
  while start < bytes.count {
    let written = bytes.withUnsafeBytes { unsafe in
      write(descriptor, unsafe.baseAddress.map { $0 + start }, unsafe.count - start)
    }
    if written < 0 {
      if errno == EINTR { continue }
      guard errno == EAGAIN else { return errno }
      // A terminal or pipe that somebody made non-blocking.
      var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      poll(&waiting, 1, -1)
      continue
    }
    start += written
  }
  return 0
}

/// Writes data to standard output, at once.
///
/// What cannot be written ends the program: a reader that has seen enough, as `head` does, ends it as it ends `cat`;
/// a full disk with a line and status 74.
func put(_ bytes: [UInt8]) {
  switch writeAll(bytes, to: STDOUT_FILENO) {
  case 0: return
  case EPIPE:
    signal(SIGPIPE, SIG_DFL)
    raise(SIGPIPE)
  case let error:
    tell("flux-market: what was to be printed could not be written: \(String(cString: strerror(error)))")
  }
  exit(ExitStatus.inputOutput.rawValue)
}

/// A line of data, on standard output.
func say(_ line: String) { put(Array((line + "\n").utf8)) }

/// A line for people, on standard error: standard output stays clean for data.
func tell(_ line: String) { writeAll(Array((line + "\n").utf8), to: STDERR_FILENO) }

/// Whether a person is there to be asked, and sees the question.
var isAnybodyThere: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

/// Asks a person at the terminal; an empty answer is yes, none is no.
func isConfirmed(_ question: String) -> Bool {
  writeAll(Array("\(question) [Y/n] ".utf8), to: STDERR_FILENO)
  return !["n", "no"].contains(readLine()?.lowercased() ?? "n")
}

/// An error for people: its first line with the program's name, the others below it.
func tell(_ error: any Error) {
  for (number, line) in "\(error)".split(separator: "\n").enumerated() {
    tell(number == 0 ? "flux-market: \(line)" : "  \(line)")
  }
}
