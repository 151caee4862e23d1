import Glibc

/// A user of this machine, as the password database has it.
struct Account: Sendable, Equatable {
  let name: String
  let id: uid_t
  let group: gid_t
  let home: String

  /// nil where there is no such user. The C function is `getpwnam_r`.
  init?(name: String) {
    self.init { getpwnam_r(name, $0, $1, $2, $3) }
  }

  /// nil where there is no such user. The C function is `getpwuid_r`.
  init?(id: uid_t) {
    self.init { getpwuid_r(id, $0, $1, $2, $3) }
  }

  private typealias Entry = UnsafeMutablePointer<passwd>

  private init?(
    _ search: (Entry, UnsafeMutablePointer<CChar>, Int, UnsafeMutablePointer<Entry?>) -> Int32
  ) {
    var entry = passwd()
    var found: Entry?
    var text = [CChar](repeating: 0, count: 16_384)
    // The entry's strings live in `text`: they are copied before it goes.
    let account: (String, uid_t, gid_t, String)? = text.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress, search(&entry, start, buffer.count, &found) == 0, found != nil,
        let name = entry.pw_name, let home = entry.pw_dir
      else { return nil }
      return (String(cString: name), entry.pw_uid, entry.pw_gid, String(cString: home))
    }
    guard let account else { return nil }
    (name, id, group, home) = account
  }

  /// The user's name, or its number where it has none.
  static func name(of id: uid_t) -> String { Account(id: id)?.name ?? "user \(id)" }
}
