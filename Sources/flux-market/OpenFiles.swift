import Glibc

/// How many files and sockets this process may have open.
enum OpenFiles {
  /// Takes all that the system allows it, which shells rarely give from the start.
  ///
  /// - Returns: how many that is.
  /// The C function is `setrlimit`.
  static func raised() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1_024 }
    limit.rlim_cur = min(limit.rlim_max, 65_536)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Int(limit.rlim_cur)
  }
}
