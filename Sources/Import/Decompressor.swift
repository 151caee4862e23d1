import CGlibc
import Glibc

/// gzip or zstd, which reads a file and writes to a pipe what was in it: another process, so another processor.
///
/// The C functions are `posix_spawnp`, `pipe2` and `waitpid`.
struct Decompressor: ~Copyable {
  let program: String
  /// Where to read.
  let output: Int32
  /// 0 once it has ended.
  private var process: pid_t

  private init(program: String, output: Int32, process: pid_t) {
    self.program = program
    self.output = output
    self.process = process
  }

  /// - Parameter input: stays the caller's; both read on where either has read to.
  /// - Throws: ``InputError`` where the program is not installed, or cannot be started.
  static func start(
    _ program: String, reading input: Int32, named name: String
  ) throws(InputError) -> Decompressor {
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { throw InputError(name, .unreadable(String(cString: strerror(errno)))) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    // What it says of a file that we stop reading is of no use, and of a damaged one we say the same.
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addclosefrom_np(&actions, 3)
    // A pipe that nobody reads any more ends it, whatever we ourselves ignore.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var answered = sigset_t()
    sigemptyset(&answered)
    sigaddset(&answered, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &answered)
    // In a group of its own: a Ctrl-C at the terminal is for us, and its end would look like a damaged file.
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(program), strdup("-dc"), nil]
    defer { arguments.forEach { free($0) } }
    var process: pid_t = 0
    let failure = posix_spawnp(&process, program, &actions, &attributes, &arguments, nil)
    close(ends[1])
    guard failure == 0 else {
      close(ends[0])
      throw InputError(
        name, failure == ENOENT ? .notInstalled(program) : .unreadable(String(cString: strerror(failure))))
    }
    return Decompressor(program: program, output: ends[0], process: process)
  }

  /// Waits for its end, once it has written all.
  ///
  /// - Returns: whether it could read the file to its end; what follows there, which gzip warns of, does not matter.
  mutating func finish() -> Bool {
    guard process != 0 else { return true }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    process = 0
    // wait(2): the low seven bits are the signal, the next byte the exit status.
    return status & 0x7F == 0 && [0, 2].contains(status >> 8 & 0xFF)
  }

  deinit {
    close(output)
    if process != 0 {
      var status: Int32 = 0
      while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }
  }
}
