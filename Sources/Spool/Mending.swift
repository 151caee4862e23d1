import Glibc
import Market

// A damaged file is copied, record by record, into a new one, and kept beside it.

extension SpoolFile {
  private var mendedPath: String { folder + "/spool-mended.sqlite" }

  /// Puts a new file with all that can be read in the damaged one's place. The file must be closed.
  ///
  /// - Throws: `error` itself where another process has the file open and would write on into the damaged one.
  func mend(after error: SpoolError, at now: Instant) throws(SpoolError) -> SpoolReport {
    guard let lock, case .damaged(_, let reason) = error else { throw error }
    let report = try lock.whileAlone { () throws(SpoolError) in
      remove(mendedPath)
      defer { remove(FirstPage.copyPath(of: path)) }
      try makeWhereMissing(mendedPath)
      let salvage = try Salvage.copy(from: path, to: mendedPath, at: now)
      try synchronise(mendedPath)
      let kept = damagedPath(now)
      // The log first put away with its own file: SQLite would write it into any other of that name.
      guard rename(path, kept) == 0 else { throw .system("rename", path) }
      rename(path + "-wal", kept + "-wal")
      try finishMending()
      return SpoolReport.mended(file: kept, reason: reason, kept: salvage.kept, lost: salvage.lost)
    }
    guard let report else { throw error }
    return report
  }

  /// Clears up after a mending that was cut short: the copy is complete exactly if the damaged file is out of its way.
  func finishMending() throws(SpoolError) {
    guard access(mendedPath, F_OK) == 0 else { return }
    guard access(path, F_OK) != 0 else { return remove(mendedPath) }
    unlink(path + "-wal")
    unlink(path + "-shm")
    // Another process may have done it in this moment.
    guard rename(mendedPath, path) == 0 || errno == ENOENT else { throw .system("rename", mendedPath) }
    try synchronise(folder)
  }

  private func remove(_ path: String) {
    for end in ["", "-wal", "-shm"] { unlink(path + end) }
  }

  /// `spool-damaged-20261127T013000Z.sqlite`.
  private func damagedPath(_ now: Instant) -> String {
    let name = "\(folder)/spool-damaged-\(now.description.filter { $0 != "-" && $0 != ":" })"
    var path = name + ".sqlite"
    var number = 1
    while access(path, F_OK) == 0 {
      number += 1
      path = "\(name)-\(number).sqlite"
    }
    return path
  }
}
