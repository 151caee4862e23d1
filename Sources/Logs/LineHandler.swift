import Glibc
package import Logging
package import Market

/// Writes each log event as one line, and tells of each error.
///
/// A line is one `write`, so that the lines of many threads and processes that share a descriptor never mix; what could
/// move a terminal's cursor or begin another line is escaped, wherever it came from.
package struct LineHandler: LogHandler {
  package enum Format: Hashable, Sendable {
    /// `2026-11-27T09:00:00.250Z error Collector: the database is away feed=elexon-system-price`
    case text
    /// `{"time":"2026-11-27T09:00:00.250Z","level":"error","subsystem":"Collector","message":…,"metadata":{"feed":…}}`
    case json
  }

  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?

  private let format: Format
  private let descriptor: Int32
  private let now: @Sendable () -> Instant
  private let onError: @Sendable (_ subsystem: String) -> Void

  /// - Parameters:
  ///   - descriptor: where lines go; by default standard error, since standard output is for data.
  ///   - onError: told the module that wrote a line of level error or above, after the line.
  package init(
    _ format: Format, level: Logger.Level, descriptor: Int32 = STDERR_FILENO, now: @escaping @Sendable () -> Instant,
    onError: @escaping @Sendable (_ subsystem: String) -> Void
  ) {
    self.format = format
    logLevel = level
    self.descriptor = descriptor
    self.now = now
    self.onError = onError
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    // What is said at the call goes before what the logger carries.
    var all = (metadataProvider?.get() ?? [:]).merging(metadata) { $1 }.merging(event.metadata ?? [:]) { $1 }
    if let error = event.error { all["error"] = "\(error)" }
    let line = LogLine(
      time: now(), level: event.level, subsystem: event.source, message: event.message.description, metadata: all)
    write(format == .json ? line.json : line.text)
    if event.level >= .error { onError(event.source) }
  }

  /// The C function is `write`. A log that cannot be written stops nothing.
  private func write(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    var start = 0
    while start < bytes.count {
      let written = bytes.withUnsafeBytes { unsafe in
        Glibc.write(descriptor, unsafe.baseAddress.map { $0 + start }, unsafe.count - start)
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { return }
      start += written
    }
  }
}
