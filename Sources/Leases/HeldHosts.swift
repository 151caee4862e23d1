import FoundationEssentials

/// The hosts that were held last, one a line in a file of the state folder, for a start without the database.
package struct HeldHosts: Sendable {
  package let path: String

  package init(path: String) { self.path = path }

  /// nil where none was ever held, or the file cannot be read.
  package func read() -> Set<String>? {
    guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: path)) else { return nil }
    return Set(String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init))
  }

  /// Replaces the file as a whole.
  package func write(_ hosts: Set<String>) throws {
    let lines = hosts.sorted().map { $0 + "\n" }.joined()
    try Data(lines.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
  }
}
