import Glibc

/// One command at a time, on this machine: held while the body runs and let go by the kernel if the process dies.
struct FileLock {
  let path: String
  /// How long another holder is waited for: initdb on a slow disk is well within it.
  var patience: Duration = .seconds(120)

  /// The C function is `flock`, asked without blocking and again every 20 ms, so that no thread of Swift's pool waits.
  ///
  /// - Throws: `ClusterError.locked` with the holder's process id, `ClusterError.file`, and what `body` throws.
  func whileHeld<T: Sendable>(_ body: () async throws -> T) async throws -> T {
    // Close-on-exec: a server started meanwhile must not inherit the lock and hold it for its whole life.
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw ClusterError.file("open the lock", path) }
    defer { close(file) }
    let deadline = ContinuousClock.now + patience
    while flock(file, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else { throw ClusterError.file("lock", path) }
      guard ContinuousClock.now < deadline else {
        let holder = contents(of: path)?.trimmed ?? ""
        throw ClusterError.locked(file: path, holder: holder.isEmpty ? "another process" : "process \(holder)")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    let holder = "\(getpid())\n"
    // Only for the message above: a holder that could not write its number still holds the lock.
    if ftruncate(file, 0) == 0 { _ = holder.withCString { pwrite(file, $0, holder.utf8.count, 0) } }
    return try await body()
  }
}
