import FoundationEssentials
import Glibc

/// A database's first page: its header, and in which page each table begins. Without it SQLite reads none of the others.
enum FirstPage {
  private static let size = 4_096

  static func copyPath(of path: String) -> String { path + ".copy" }

  /// Copies a file whose first page is damaged, with that page as another file of the same tables has it.
  ///
  /// - Returns: the copy's path; nil where there is nothing to copy, or no room.
  static func replace(in damaged: String, from sound: String) -> String? {
    let copy = copyPath(of: damaged)
    for end in ["", "-wal"] {
      unlink(copy + end)
      try? FileManager.default.copyItem(atPath: damaged + end, toPath: copy + end)
    }
    guard var page = read(sound) else { return nil }
    let file = open(copy, O_RDWR | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    let pages = lseek(file, 0, SEEK_END) / off_t(size)
    // Source: SQLite's file format, 1.3: at 28 the number of pages, highest byte first; at 32 the first free page and
    // how many there are. Those of this file are not known, and reading needs none.
    for place in 0..<4 { page[28 + place] = UInt8(truncatingIfNeeded: pages >> off_t(24 - 8 * place)) }
    for place in 32..<40 { page[place] = 0 }
    return pwrite(file, page, size, 0) == size ? copy : nil
  }

  private static func read(_ path: String) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var page = [UInt8](repeating: 0, count: size)
    return pread(file, &page, size, 0) == size ? page : nil
  }
}
