package import Decode

/// What became of the rows of a file.
///
/// `received = inserted + unchanged`; what was set aside is part of neither.
package struct ImportCounts: Hashable, Sendable {
  /// Rows, or observations, that could be read.
  package var received = 0
  package var inserted = 0
  /// There already.
  package var unchanged = 0
  /// Lines that could not be read, and rows that the database refused.
  package var setAside = 0

  package init() {}

  package static func += (total: inout ImportCounts, part: ImportCounts) {
    total.received += part.received
    total.inserted += part.inserted
    total.unchanged += part.unchanged
    total.setAside += part.setAside
  }
}

/// Who follows an import; called by the task that runs it.
package struct ImportObserver: Sendable {
  /// So far, and how many bytes of the file were read; nil of what is no file.
  package let progress: @Sendable (_ counts: ImportCounts, _ position: Int64?) -> Void
  package let setAside: @Sendable ([RefusedLine]) -> Void

  package init(
    progress: @escaping @Sendable (_ counts: ImportCounts, _ position: Int64?) -> Void,
    setAside: @escaping @Sendable ([RefusedLine]) -> Void
  ) {
    self.progress = progress
    self.setAside = setAside
  }
}
