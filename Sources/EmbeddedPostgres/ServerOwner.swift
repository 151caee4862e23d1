import Glibc

/// As whom the server and its programs run, and what must be private to that user.
///
/// PostgreSQL refuses to run as root, so root drops to the user `postgres`, whom the package creates. The server then
/// trusts every connection on its socket: nobody but that user and root can enter the socket's folder, so the folder's
/// permissions are the password. (`peer` would lock root out, whose name is no role of the cluster.)
struct ServerOwner {
  /// nil where the server runs as the caller.
  let account: Account?
  var id: uid_t { account?.id ?? geteuid() }

  /// The user for a cluster kept in `folder`: whoever owns it, so that root finds an ordinary user's cluster too.
  ///
  /// - Throws: `ClusterError.notOurs`, `.noAccount`.
  init(of folder: String) throws(ClusterError) {
    let owner = FileFacts(folder)?.owner
    guard geteuid() == 0 else {
      if let owner, owner != geteuid() { throw .notOurs(folder: folder, owner: Account.name(of: owner)) }
      account = nil
      return
    }
    if let owner, owner != 0 {
      guard let account = Account(id: owner) else { throw .noAccount(Account.name(of: owner)) }
      self.account = account
    } else {
      guard let account = Account(name: "postgres") else { throw .noAccount("postgres") }
      self.account = account
    }
  }

  /// Makes `folder` the owner's own and private (0700); its parent must be there.
  func takePrivately(_ folder: String) throws(ClusterError) {
    if mkdir(folder, 0o700) != 0 && errno != EEXIST { throw .file("make the folder", folder) }
    guard let facts = FileFacts(folder), facts.isFolder else {
      throw .file(action: "use as a folder", path: folder, reason: "something else has its name")
    }
    if facts.owner != id {
      guard let account, facts.owner == 0, lchown(folder, account.id, account.group) == 0 else {
        throw .notOurs(folder: folder, owner: Account.name(of: facts.owner))
      }
    }
    if facts.permissions != 0o700 && chmod(folder, 0o700) != 0 { throw .file("make private", folder) }
  }

  /// Sees to it that the owner can pass through `state` and all folders above it.
  ///
  /// The state folder is root's own and private: its group is made the server's, which may pass but not look.
  ///
  /// - Throws: `ClusterError.notSearchable` with the topmost folder that stops the server's user.
  func ensureSearchable(_ state: String) async throws {
    guard let account else { return }
    if try await canSearch(state, account) { return }
    if let facts = FileFacts(state, following: true), facts.owner == 0, facts.permissions & 0o077 == 0 {
      guard chown(state, 0, account.group) == 0, chmod(state, 0o710) == 0 else {
        throw ClusterError.file("open to group \(account.name)", state)
      }
      if try await canSearch(state, account) { return }
    }
    var path = resolved(state)
    var stops = path
    while let above = parent(of: path) {
      if try await !canSearch(above, account) { stops = above }
      path = above
    }
    throw ClusterError.notSearchable(folder: stops, account: account.name)
  }

  /// Asked of the kernel as that user, so that groups and access lists count.
  private func canSearch(_ folder: String, _ account: Account) async throws -> Bool {
    try await Program(name: "test", folder: nil, account: account).run(["-x", folder]).succeeded
  }
}
