import CGlibc
import Glibc

/// A child process. The C functions are `posix_spawn`, `waitpid` and `kill`.
///
/// swift-subprocess 1.0.2 is not used: it ends the whole caller ("FileDescriptor … was not closed") where a program
/// leaves without reading its input, as psql does when the server is away, and its way to another user can hang.
struct ChildProcess {
  let id: pid_t

  /// Starts the program at `path` in the folder `/`, with these three streams and no other open file.
  ///
  /// - Parameter arguments: with the program's own name first.
  /// - Throws: the `errno` of `posix_spawn`.
  init(
    path: String, arguments: [String], environment: [String: String], input: borrowing MemoryFile,
    output: borrowing MemoryFile, errors: borrowing MemoryFile
  ) throws(SystemError) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (stream, file) in [input.descriptor, output.descriptor, errors.descriptor].enumerated() {
      posix_spawn_file_actions_adddup2(&actions, file, Int32(stream))
    }
    // A server outlives us, and with it would everything that some library opened without close-on-exec.
    posix_spawn_file_actions_addclosefrom_np(&actions, 3)
    posix_spawn_file_actions_addchdir_np(&actions, "/")

    // Signals that we ignore or block, for our own shutdown say, are the child's to answer again.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var answered = sigset_t()
    sigemptyset(&answered)
    posix_spawnattr_setsigmask(&attributes, &answered)
    for signal in [SIGINT, SIGTERM, SIGQUIT, SIGPIPE, SIGCHLD] { sigaddset(&answered, signal) }
    posix_spawnattr_setsigdefault(&attributes, &answered)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

    // Both lists end with a null pointer.
    let words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { (words + variables).forEach { free($0) } }
    var id: pid_t = 0
    let failure = posix_spawn(&id, path, &actions, &attributes, words, variables)
    guard failure == 0 else { throw SystemError(number: failure) }
    self.id = id
  }

  enum End: Equatable {
    case running
    case exited(Int32)
    case killed(signal: Int32)
    /// Somebody else in this process has taken its status.
    case unknown
  }

  /// Looks without waiting. Once it has answered anything but `.running` the process is gone, and so is its number.
  func look() -> End {
    var status: Int32 = 0
    var found = waitpid(id, &status, WNOHANG)
    while found < 0 && errno == EINTR { found = waitpid(id, &status, WNOHANG) }
    guard found != 0 else { return .running }
    guard found == id else { return .unknown }
    // wait(2): the low seven bits are the signal, the next byte the exit status.
    return status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal: status & 0x7F)
  }

  /// Sends a signal to the process, and to its own children before it, who would go on alone.
  func send(_ signal: Int32) {
    let children = contents(of: "/proc/\(id)/task/\(id)/children")?.split(separator: " ").compactMap { pid_t($0) }
    for child in children ?? [] { kill(child, signal) }
    kill(id, signal)
  }
}
