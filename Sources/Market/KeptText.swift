/// Bytes of a reply as a person, a terminal and a PostgreSQL `text` can take them: read as UTF-8, with a mark in place
/// of what is none, of control characters but tabs and line breaks, and of those that turn the direction of writing.
///
/// - Parameters:
///   - range: inside `bytes`.
///   - limit: the most bytes of it to be read.
package func keptText(of bytes: Span<UInt8>, _ range: Range<Int>, limit: Int) -> String {
  var piece: [UInt8] = []
  for place in range.clamped(to: 0..<bytes.count).prefix(limit) { piece.append(bytes[place]) }
  var text = String.UnicodeScalarView()
  for scalar in String(decoding: piece, as: UTF8.self).unicodeScalars {
    switch scalar.properties.generalCategory {
    case .control where scalar != "\n" && scalar != "\t" && scalar != "\r", .format: text.append("\u{FFFD}")
    default: text.append(scalar)
    }
  }
  return String(text)
}

extension Reject {
  /// Bytes kept of a record that was refused.
  package static let recordBytes = 2_048
  /// Bytes kept of the beginning of a reply of which nothing was used.
  package static let replyBytes = 4_096
}
