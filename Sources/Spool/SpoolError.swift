import GRDB
package import Market

/// Why the spool did not do what it was asked. Nothing that it had is lost by any of these.
package enum SpoolError: Error, Equatable, Sendable {
  /// At its limit, in bytes; the batch was not taken.
  case full(file: String, bytes: Int64, limit: Int64)
  /// The disk has no room, fails, or may not be written.
  case disk(file: String, message: String)
  /// Written by a later version of this program, and left as it is.
  case newer(file: String, version: Int)
  /// Not as it was written. A spool opened for writing mends itself, so this is seen only where that is not possible.
  case damaged(file: String, message: String)
  /// Another process has had it for longer than ten seconds.
  case busy(file: String)
  /// There is none: nothing was ever spooled.
  case absent(file: String)

  init(_ error: any Error, file: String) {
    if let error = error as? SpoolError {
      self = error
      return
    }
    guard let error = error as? DatabaseError else {
      self = .disk(file: file, message: "\(error)")
      return
    }
    let message = error.message ?? error.resultCode.description
    switch (error.resultCode, error.extendedResultCode) {
    // A file that is shorter than its own header says.
    case (.SQLITE_CORRUPT, _), (.SQLITE_NOTADB, _), (_, .SQLITE_IOERR_SHORT_READ):
      self = .damaged(file: file, message: message)
    case (.SQLITE_BUSY, _), (.SQLITE_LOCKED, _): self = .busy(file: file)
    default: self = .disk(file: file, message: message)
    }
  }
}

extension SpoolError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .full(let file, let bytes, let limit):
      """
      the spool \(file) is at its limit, \(bytes) of \(limit) bytes: nothing is dropped, and nothing more is taken \
      until the database takes what waits; bring the database back, or raise the limit
      """
    case .disk(let file, let message): "the spool \(file): \(message); see to the disk's space and its folder's owner"
    case .newer(let file, let version):
      """
      the spool \(file) is of format \(version), written by a later flux-market, and was left as it is: run that \
      version until the spool is empty, or move the file away
      """
    case .damaged(let file, let message):
      "the spool \(file) is damaged (\(message)): the collector mends it when it is the only one to have it open"
    case .busy(let file): "the spool \(file) has been held by another process for ten seconds: try again"
    case .absent(let file): "there is no spool \(file): nothing was ever spooled"
    }
  }
}

/// Something happened to the spool that somebody should know; each is reported once.
package enum SpoolReport: Equatable, Sendable, CustomStringConvertible {
  /// A record that could not be read, or that the database refused, no longer waits; others go on.
  case setAside(id: Int64, feed: String, observedAt: Instant?, reason: String)
  /// The file was damaged: what could be read of it is in a new one, the old one is kept as `file`.
  case mended(file: String, reason: String, kept: Int, lost: Int)

  package var description: String {
    switch self {
    case .setAside(let id, let feed, let observedAt, let reason):
      """
      spool record \(id) of \(feed)\(observedAt.map { ", observed \($0)," } ?? "") was set aside: \(reason); \
      see flux-market spool status --set-aside
      """
    case .mended(let file, let reason, let kept, let lost):
      """
      the spool was damaged (\(reason)): \(kept) records were kept, \(lost) could not be read; the damaged file is \
      kept as \(file)
      """
    }
  }
}
