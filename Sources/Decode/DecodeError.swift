/// A reply that is not what its feed describes, so that nothing of it was used.
///
/// A single bad record is a `Reject` instead, and its neighbours go in.
package struct DecodeError: Error, CustomStringConvertible {
  package enum Reason: Hashable, Sendable {
    case empty
    /// What stands there instead, in words: `an HTML page`.
    case notWhatWasPromised(String)
    /// JSON or CSV that breaks off or is wrong.
    case malformed(String, byte: Int)
    /// There is no array where the records should be.
    case noRecords(path: String)
    case missingColumns([String], found: [String])
    /// Every record is of a time that was not asked for.
    case anotherTime(asked: String, found: String)
    /// The pages lead back to one that was read, or never end.
    case endlessPages(at: String)
  }

  package let feed: String
  /// Its texts of the reply are masked as the sample is.
  package var reason: Reason
  /// How the reply begins: up to 4 KiB of it as text. Whoever knows the request's secrets masks them.
  package var sample: String
  /// What was asked, without secrets; nil where only the reply is known.
  package var url: String?

  package var description: String { "\(feed): \(explanation)" + (sample.isEmpty ? "" : "; it begins: \(beginning)") }

  /// The sample's beginning as one printable line.
  private var beginning: String {
    var text = ""
    for (place, scalar) in sample.unicodeScalars.enumerated() {
      if place == 120 { return text + "…" }
      text.unicodeScalars.append(scalar.value < 0x20 ? " " : scalar)
    }
    return text
  }

  /// What is wrong, without the feed and how the reply begins.
  package var explanation: String {
    switch reason {
    case .empty: "the reply is empty"
    case .notWhatWasPromised(let what): "the reply is \(what)"
    case .malformed(let what, let byte): "the reply is broken at byte \(byte): \(what)"
    case .noRecords(let path): "the reply has no array of records at \"\(path)\"; has the provider changed its form?"
    case .missingColumns(let missing, let found):
      "the reply lacks the column \(missing.map { "\"\($0)\"" }.joined(separator: ", ")); "
        + "its columns are \(found.map { "\"\($0)\"" }.joined(separator: ", "))"
    case .anotherTime(let asked, let found): "asked for \(asked), the reply is wholly of another time, \(found)"
    case .endlessPages(let url): "its pages never end: the next one after the last is \(url)"
    }
  }
}

/// Broken syntax, before it is known whose reply it is.
struct Malformed: Error {
  let what: String
  let byte: Int

  init(_ what: String, at byte: Int) {
    self.what = what
    self.byte = byte
  }
}

/// A piece of a reply, cut to 100 bytes, that a log and a PostgreSQL `text` can hold: no control characters.
func excerpt(of bytes: Span<UInt8>, _ token: Token) -> String {
  let piece = bytes.bytes(from: token.start, count: min(token.count, 100))
  return String(decoding: piece.map { $0 < 0x20 ? 0x20 : $0 }, as: UTF8.self)
}
