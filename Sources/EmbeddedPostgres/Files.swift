import Glibc

/// The text of an `errno`. The C function is `strerror_r`.
func systemMessage(_ code: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
  return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// What `lstat` says of a path: a symbolic link is seen as itself and never followed.
struct FileFacts: Equatable {
  let owner: uid_t
  let mode: mode_t
  let device: dev_t
  let inode: ino_t

  var isFolder: Bool { mode & S_IFMT == S_IFDIR }
  var permissions: mode_t { mode & 0o7777 }

  /// nil where nothing can be seen at `path`, with the reason in `errno`; `following` asks `stat` instead.
  init?(_ path: String, following: Bool = false) {
    var facts = stat()
    guard (following ? stat(path, &facts) : lstat(path, &facts)) == 0 else { return nil }
    owner = facts.st_uid
    mode = facts.st_mode
    device = facts.st_dev
    inode = facts.st_ino
  }

  func isSameFile(as other: FileFacts) -> Bool { device == other.device && inode == other.inode }
}

/// The bytes of a small file as text, from `offset`; nil where it cannot be read. A symbolic link is followed only when asked.
func contents(of path: String, from offset: Int = 0, following: Bool = false) -> String? {
  let file = open(path, O_RDONLY | O_CLOEXEC | (following ? 0 : O_NOFOLLOW))
  guard file >= 0 else { return nil }
  defer { close(file) }
  guard lseek(file, off_t(offset), SEEK_SET) >= 0 || offset == 0 else { return nil }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 16_384)
  while true {
    let count = read(file, &chunk, chunk.count)
    if count < 0 && errno == EINTR { continue }
    guard count > 0 else { break }
    bytes += chunk[..<count]
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// The names in a folder, sorted, without `.` and `..`; empty where it cannot be read.
func names(in folder: String) -> [String] {
  guard let stream = opendir(folder) else { return [] }
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names.sorted()
}

/// Makes `folder` and the parents that are missing; only what is made gets `mode`, parents are for everyone to pass.
func makeFolder(_ folder: String, mode: mode_t) throws(ClusterError) {
  if FileFacts(folder, following: true)?.isFolder == true { return }
  if let parent = parent(of: folder) { try makeFolder(parent, mode: 0o755) }
  guard mkdir(folder, mode) == 0 || errno == EEXIST else { throw .file("make the folder", folder) }
}

/// The folder that holds `path`; nil for the root.
func parent(of path: String) -> String? {
  guard path != "/", let slash = path.lastIndex(of: "/") else { return nil }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// `path` without symbolic links; as it is where it does not exist. The C function is `realpath`.
func resolved(_ path: String) -> String {
  guard let text = realpath(path, nil) else { return path }
  defer { free(text) }
  return String(cString: text)
}
