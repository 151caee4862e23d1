import Market

/// One value of a printed row, before it is known how it will be printed.
enum Cell: Sendable {
  case text(String)
  case integer(Int)
  /// Printed with the fewest digits that name the same value: `160` and `9.56`, never `9.5600004`.
  case real(Float)
  case instant(Instant)
  case duration(Duration)
  /// A JSON value, as it stands.
  case json(String)
  case boolean(Bool)
  /// Unknown is unknown: an empty cell, null in JSON, never 0.
  case null

  init(_ text: String?) { self = text.map(Cell.text) ?? .null }
  init(_ instant: Instant?) { self = instant.map(Cell.instant) ?? .null }
  init(_ value: Float?) { self = value.map(Cell.real) ?? .null }

  /// How much of a hundred, to a hundredth; unknown of none.
  static func percent(_ part: Int, of whole: Int) -> Cell {
    whole == 0 ? .null : .real((Float(part) / Float(whole) * 10_000).rounded() / 100)
  }

  var isNumber: Bool {
    switch self {
    case .integer, .real, .duration: true
    default: false
    }
  }

  /// For people, and for CSV.
  func text(in zone: DisplayZone, durations: DurationStyle) -> String {
    switch self {
    case .text(let text), .json(let text): text
    case .integer(let number): String(number)
    case .real(let value): shortest(value)
    case .instant(let instant): zone.text(instant)
    case .duration(let duration): durations == .words ? duration.inWords : String(duration.microseconds / 1_000_000)
    case .boolean(let flag): flag ? "yes" : "no"
    case .null: ""
    }
  }

  enum DurationStyle { case words, seconds }

  /// As a JSON value (RFC 8259); instants as RFC 3339 text, durations as seconds.
  func json(in zone: DisplayZone) -> String {
    switch self {
    case .text(let text): jsonString(text)
    case .instant(let instant): jsonString(zone.text(instant))
    case .json(let text): text
    case .boolean(let flag): flag ? "true" : "false"
    case .null: "null"
    case .integer, .real, .duration: text(in: zone, durations: .seconds)
    }
  }
}

extension Duration {
  /// `42 s`, `7 min`, `3 h 20 min`, `12 d 4 h`, `1 d`.
  var inWords: String {
    let seconds = microseconds / 1_000_000
    let magnitude = abs(seconds)
    let text =
      switch magnitude {
      case ..<60: "\(magnitude) s"
      case ..<3_600: "\(magnitude / 60) min"
      case ..<86_400: Self.two(magnitude / 3_600, "h", magnitude / 60 % 60, "min")
      default: Self.two(magnitude / 86_400, "d", magnitude / 3_600 % 24, "h")
      }
    return seconds < 0 ? "-" + text : text
  }

  private static func two(_ large: Int64, _ unit: String, _ small: Int64, _ smallUnit: String) -> String {
    small == 0 ? "\(large) \(unit)" : "\(large) \(unit) \(small) \(smallUnit)"
  }
}

/// `1 window`, `3 windows`.
///
/// - Parameter several: where it is no `s` more.
func counted(_ count: Int, _ what: String, _ several: String? = nil) -> String {
  "\(count) \(count == 1 ? what : several ?? what + "s")"
}
