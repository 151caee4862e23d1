import FoundationEssentials
package import Market

/// The signals that the database had when it was last asked, in a file of the state folder: a start without it must know
/// those too that somebody registered, or the feeds that yield them could not be read.
package struct KnownSignals: Sendable {
  package let path: String

  package init(path: String) { self.path = path }

  private struct Entry: Codable {
    let id: Int32
    let name: String
    let unit: String
  }

  /// nil where none were ever written, or the file cannot be read.
  package func read() -> [Signal]? {
    guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: path)),
      let entries = try? JSONDecoder().decode([Entry].self, from: bytes)
    else { return nil }
    return entries.map { Signal(id: $0.id, name: $0.name, unit: Unit($0.unit)) }
  }

  /// Replaces the file as a whole, where it says something else.
  package func write(_ signals: [Signal]) throws {
    guard read() != signals else { return }
    let entries = signals.map { Entry(id: $0.id, name: $0.name, unit: $0.unit.description) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try encoder.encode(entries).write(to: URL(fileURLWithPath: path), options: .atomic)
  }
}
