import Synchronization

/// A row writer that rows reach from a database connection's own thread.
final class RowSink: Sendable {
  private let writer: Mutex<RowWriter>

  init(_ writer: sending RowWriter) { self.writer = Mutex(writer) }

  func write(_ row: [Cell]) { writer.withLock { $0.write(row) } }
  func finish(none: String) { writer.withLock { $0.finish(none: none) } }
}
