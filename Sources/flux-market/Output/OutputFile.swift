import ArgumentParser
import Glibc

/// `-o FILE` of the commands that write one.
struct FileOptions: ParsableArguments {
  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("Write here instead of printing; the file is there when it is complete.", valueName: "file"))
  var path: String?
}

/// A file that appears under its name when it is complete, with a rename: whoever reads it sees the old one or the new.
///
/// A run that fails leaves nothing; one that is killed leaves `.NAME.PID.partial` beside it. What is no ordinary file
/// (a pipe, /dev/stdout) is written to as it stands, since a rename would put another thing in its place.
struct OutputFile: Sendable {
  /// With links followed.
  let path: String
  /// What is written to until then.
  let workingPath: String
  private let descriptor: Int32

  /// - Parameter mode: who may read it, where it is new; an old one's stays.
  /// - Throws: ``OutputFileError`` where it cannot be made. The C functions are `realpath`, `stat` and `open`.
  init(_ name: String, mode: mode_t = 0o666) throws(OutputFileError) {
    let resolved = realpath(name, nil)
    path = resolved.map { String(cString: $0) } ?? name
    free(resolved)
    var old = stat()
    let exists = stat(path, &old) == 0
    let kind = old.st_mode & S_IFMT
    guard !exists || kind != S_IFDIR else { throw OutputFileError(path: name, reason: "it is a folder") }
    if exists, kind != S_IFREG {
      workingPath = path
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
    } else {
      let parts = path.split(separator: "/", omittingEmptySubsequences: false)
      let folder = parts.dropLast().map { $0 + "/" }.joined()
      workingPath = "\(folder).\(parts.last ?? "").\(getpid()).partial"
      descriptor = open(workingPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
      if exists, descriptor >= 0 { fchmod(descriptor, old.st_mode & 0o777) }
    }
    guard descriptor >= 0 else { throw OutputFileError(path: name, reason: String(cString: strerror(errno))) }
  }

  /// Writes at once; what cannot be written ends the program with a line and status 74, as on standard output.
  func put(_ bytes: [UInt8]) {
    let error = writeAll(bytes, to: descriptor)
    if error != 0 { fail(error) }
  }

  /// Gives it its name. The C functions are `fsync` and `rename`.
  func publish() {
    if workingPath != path {
      // Written to disk before it takes the old one's place: a power cut leaves one of the two.
      if fsync(descriptor) != 0 || rename(workingPath, path) != 0 { fail(errno) }
    }
    close(descriptor)
  }

  /// Takes back what was written so far.
  func discard() {
    if workingPath != path { unlink(workingPath) }
  }

  private func fail(_ error: Int32) -> Never {
    discard()
    tell("flux-market: \(path) could not be written: \(String(cString: strerror(error)))")
    exit(ExitStatus.inputOutput.rawValue)
  }
}

/// A file that was to be written cannot be made.
struct OutputFileError: Error, CustomStringConvertible {
  let path: String
  let reason: String

  var description: String { "\(path) cannot be written: \(reason)" }
}
