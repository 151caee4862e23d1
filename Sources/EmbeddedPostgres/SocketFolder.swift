/// Where the server's socket lies: beside the data if the path is short and plain, else under /tmp.
enum SocketFolder {
  /// A socket's address holds 108 bytes with the closing zero (unix(7)); `/.s.PGSQL.5432` takes 14 of them.
  static let longest = 107 - 14

  /// `<server folder>/socket`, or `/tmp/flux-market-<digest of that path>`: the same answer at every run.
  ///
  /// "Plain" because the path passes through a shell (pg_ctl) and a list of folders (the server's own setting).
  static func path(in serverFolder: String) -> String {
    let beside = serverFolder + "/socket"
    let plain = beside.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || "/._-".utf8.contains(byte)
    }
    return plain && beside.utf8.count <= longest ? beside : "/tmp/flux-market-" + digest(of: serverFolder)
  }

  /// FNV-1a, 64 bits, in hexadecimal: short, and the same in every process, which `Hasher` is not.
  private static func digest(of text: String) -> String {
    var value: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return String(value, radix: 16)
  }

  /// Makes it the server's own; a folder under /tmp that somebody else made first is refused.
  static func prepare(_ folder: String, for owner: ServerOwner) throws(ClusterError) {
    do {
      try owner.takePrivately(folder)
    } catch {
      throw .socketFolderTaken(folder)
    }
  }
}
