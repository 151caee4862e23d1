internal import Logging
internal import Market

/// One event, ready to be written.
struct LogLine {
  let time: Instant
  let level: Logger.Level
  /// The module that logged: `Collector`, `Spool`, `Server`.
  let subsystem: String
  let message: String
  let metadata: Logger.Metadata

  var text: String {
    let pairs = metadata.sorted { $0.key < $1.key }.map { " \(Self.plain($0.key))=\(Self.quoted("\($0.value)"))" }
    return "\(stamp) \(level) \(subsystem): \(Self.plain(message))\(pairs.joined())"
  }

  var json: String {
    let pairs = metadata.sorted { $0.key < $1.key }.map { "\(Self.literal($0.key)):\(Self.json($0.value))" }
    return #"{"time":"\#(stamp)","level":"\#(level)","subsystem":\#(Self.literal(subsystem)),"#
      + #""message":\#(Self.literal(message)),"metadata":{\#(pairs.joined(separator: ","))}}"#
  }

  /// RFC 3339 in UTC with three digits of a second, always as long, so that lines sort as text.
  private var stamp: String {
    let milliseconds = time.microseconds / 1_000
    let fraction = String(milliseconds % 1_000 + 1_000).dropFirst()
    return "\(Instant(seconds: milliseconds / 1_000).description.dropLast()).\(fraction)Z"
  }

  /// With control characters as `\u{1b}`: C0 and C1, and the separators that some terminals break lines at.
  private static func plain(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return text.unicodeScalars.map { isControl($0) ? "\\u{\(String($0.value, radix: 16))}" : String($0) }.joined()
  }

  /// As a JSON string; what JSON itself would let through is escaped as well.
  private static func literal(_ text: String) -> String {
    let quoted = jsonString(text)
    guard quoted.unicodeScalars.contains(where: isControl) else { return quoted }
    return quoted.unicodeScalars.map { scalar in
      guard isControl(scalar) else { return String(scalar) }
      let digits = String(scalar.value, radix: 16)
      return "\\u\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)"
    }.joined()
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control || scalar == "\u{2028}" || scalar == "\u{2029}"
  }

  /// A value with a space or quotation mark in it is one value only between quotation marks.
  private static func quoted(_ text: String) -> String {
    let plain = plain(text)
    guard plain.isEmpty || plain.contains(where: { " \"=".contains($0) }) else { return plain }
    return "\"\(plain.replacing("\"", with: "\\\""))\""
  }

  private static func json(_ value: Logger.MetadataValue) -> String {
    switch value {
    case .dictionary(let members):
      let pairs = members.sorted { $0.key < $1.key }.map { "\(literal($0.key)):\(json($0.value))" }
      return "{\(pairs.joined(separator: ","))}"
    case .array(let elements): return "[\(elements.map(json).joined(separator: ","))]"
    default: return literal("\(value)")
    }
  }
}
