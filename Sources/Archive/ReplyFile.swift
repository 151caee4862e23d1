import FoundationEssentials
import Glibc
package import Market

/// A kept reply's file, as its name tells of it: when the reply had arrived, and of which window it is.
///
/// `20260329T163000.25Z_20260329T000000Z_20260329T230000Z.gz`; without a window the instant alone.
package struct ReplyFile: Hashable, Sendable {
  package let path: String
  package let arrivedAt: Instant
  package let window: Window?

  static let ending = ".gz"

  static func name(arrivedAt: Instant, window: Window?) -> String {
    ([arrivedAt] + (window.map { [$0.from, $0.to] } ?? [])).map(compact).joined(separator: "_") + ending
  }

  /// - Returns: nil for the name of another file.
  init?(_ name: String, in folder: String) {
    guard name.hasSuffix(Self.ending) else { return nil }
    let parts = name.dropLast(Self.ending.count).split(separator: "_", omittingEmptySubsequences: false)
    let instants = parts.compactMap(Self.instant)
    guard instants.count == parts.count, parts.count == 1 || parts.count == 3 && instants[1] <= instants[2] else {
      return nil
    }
    path = folder + "/" + name
    arrivedAt = instants[0]
    window = parts.count == 3 ? Window(from: instants[1], to: instants[2]) : nil
  }

  /// - Throws: ``DamagedReply``.
  package func read() throws(DamagedReply) -> KeptReply {
    let bytes: [UInt8]
    do { bytes = try GzipFile.read(path) } catch { throw DamagedReply(path: path, reason: error.reason) }
    guard let reply = KeptReply(bytes) else { throw DamagedReply(path: path, reason: "it is no kept reply") }
    return reply
  }

  /// Those of a folder, oldest first; none where it cannot be read.
  static func all(in folder: String) -> [ReplyFile] {
    names(in: folder).compactMap { ReplyFile($0, in: folder) }.sorted { $0.arrivedAt < $1.arrivedAt }
  }

  static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { !$0.hasPrefix(".") }
  }

  /// Bytes; 0 where it is gone.
  static func size(of path: String) -> Int64 {
    var facts = stat()
    return stat(path, &facts) == 0 ? Int64(facts.st_size) : 0
  }

  private static func compact(_ instant: Instant) -> String {
    instant.description.filter { $0 != "-" && $0 != ":" }
  }

  private static func instant(_ text: Substring) -> Instant? {
    let digits = Array(text)
    guard digits.count >= 16 else { return nil }
    func part(_ range: Range<Int>) -> String { String(digits[range]) }
    return Instant(
      "\(part(0..<4))-\(part(4..<6))-\(part(6..<11)):\(part(11..<13)):\(part(13..<digits.count))")
  }
}

/// A file among the kept replies that cannot be read.
package struct DamagedReply: Error, CustomStringConvertible {
  package let path: String
  package let reason: String

  package var description: String { "\(path): \(reason)" }
}
