import Glibc

/// Where this machine keeps the embedded database, the spool and kept replies.
package struct StateFolder: Sendable, Equatable {
  /// Absolute, without a slash at its end.
  package let path: String

  package init(path: String) {
    var path = path.hasPrefix("/") ? path : currentFolder() + "/" + path
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    self.path = path
  }

  /// FLUX_STATE_DIR, else $XDG_STATE_HOME/flux-market, else ~/.local/state/flux-market; for root /var/lib/flux-market.
  ///
  /// - Parameter user: The effective user id; by default the process's own.
  package init(environment: [String: String], user: UInt32 = geteuid()) {
    if let named = environment["FLUX_STATE_DIR"], !named.isEmpty {
      self.init(path: named)
    } else if user == 0 {
      self.init(path: "/var/lib/flux-market")
    } else if let base = environment["XDG_STATE_HOME"], base.hasPrefix("/") {
      // The XDG base directory specification: a relative path is invalid and is ignored.
      self.init(path: base + "/flux-market")
    } else {
      let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? Account(id: user)?.home ?? "/"
      self.init(path: home + "/.local/state/flux-market")
    }
  }

  /// Makes the folder, private to its user (0700), where it is missing.
  ///
  /// - Throws: `ClusterError.file` with the folder that could not be made.
  package func create() throws(ClusterError) {
    try makeFolder(path, mode: 0o700)
  }
}

private func currentFolder() -> String {
  guard let text = getcwd(nil, 0) else { return "" }
  defer { free(text) }
  return String(cString: text)
}
