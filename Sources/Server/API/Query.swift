import Hummingbird
import Market
import Store

/// The parameters of a request, each read once by its name and its rules.
///
/// A parameter that no rule asks for is refused: a misspelt `form` for `from` must not give another answer silently.
struct Query {
  private let values: [(name: String, value: String)]
  private let london: LondonClock

  /// - Parameter names: those that the path knows.
  init(_ request: Request, _ names: [String], london: LondonClock) throws(Problem) {
    self.london = london
    values = request.uri.queryParameters.map { (String($0.key), String($0.value)) }.filter { $0 != ("", "") }
    for (name, _) in values where !names.contains(name) {
      throw Problem(
        .badRequest, .unknownParameter,
        names.isEmpty
          ? "there are no parameters here" : "there is no such parameter: known are \(names.joined(separator: ", "))",
        parameter: name)
    }
  }

  /// All values of a parameter that may be repeated.
  private func all(_ name: String) -> [String] { values.filter { $0.name == name }.map(\.value) }

  private func optional(_ name: String) throws(Problem) -> String? {
    let given = all(name)
    guard given.count <= 1 else {
      throw Problem(
        .badRequest, .repeatedParameter, "\(name) is given \(given.count) times: once is enough", parameter: name)
    }
    return given.first
  }

  private func required(_ name: String) throws(Problem) -> String {
    guard let value = try optional(name) else {
      throw Problem(.badRequest, .missingParameter, "\(name) is missing", parameter: name)
    }
    return value
  }

  private func malformed(_ name: String, _ value: String, _ cure: String) -> Problem {
    Problem(.badRequest, .malformedParameter, "\(name) is \"\(value.prefix(100))\": \(cure)", parameter: name)
  }

  /// `signal`, a name that is well formed.
  func signal() throws(Problem) -> String { try checked(try required("signal")) }

  func optionalSignal() throws(Problem) -> String? {
    guard let name = try optional("signal") else { return nil }
    return try checked(name)
  }

  /// Empty where none is given.
  func signals() throws(Problem) -> [String] {
    var names: [String] = []
    for name in all("signal") where !names.contains(name) { names.append(try checked(name)) }
    guard names.count <= 100 else {
      throw malformed("signal", "\(names.count) names", "at most 100 can be asked for at once")
    }
    return names
  }

  private func checked(_ name: String) throws(Problem) -> String {
    let bytes = name.utf8
    let isName =
      (1...63).contains(bytes.count) && bytes.first.map { (0x61...0x7A).contains($0) } == true
      && bytes.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
    guard isName else {
      throw malformed("signal", name, "write a signal's name, such as imbalance_price; /v1/signals lists them")
    }
    return name
  }

  /// `from` and `to`; one that ends before it begins holds nothing.
  func range() throws(Problem) -> Window {
    let (from, to) = (try end("from", try required("from")), try end("to", try required("to"), isLast: true))
    return Window(from: from, to: max(from, to))
  }

  func optionalEnd(_ name: String, isLast: Bool = false) throws(Problem) -> Instant? {
    guard let text = try optional(name) else { return nil }
    return try end(name, text, isLast: isLast)
  }

  private func end(_ name: String, _ text: String, isLast: Bool = false) throws(Problem) -> Instant {
    if let date = SettlementDate(text) {
      return Self.withinCalendar(date.advanced(by: isLast ? 1 : 0).start(in: london))
    }
    guard let instant = Self.instant(text) else {
      throw malformed(name, text, "write a date or an instant, such as 2026-03-29 or 2026-03-29T16:30:00Z")
    }
    return instant
  }

  func optionalInstant(_ name: String) throws(Problem) -> Instant? {
    guard let text = try optional(name) else { return nil }
    guard let instant = Self.instant(text) else {
      throw malformed(name, text, "write an instant, such as 2026-03-29T16:30:00Z")
    }
    return instant
  }

  func flag(_ name: String) throws(Problem) -> Bool {
    try choice(name, [("false", false), ("true", true)])
  }

  /// One of several words; the first where none is given.
  func choice<Value>(_ name: String, _ choices: [(word: String, value: Value)]) throws(Problem) -> Value {
    guard let word = try optional(name) else { return choices[0].value }
    guard let chosen = choices.first(where: { $0.word == word }) else {
      throw malformed(name, word, "write \(choices.map(\.word).joined(separator: " or "))")
    }
    return chosen.value
  }

  func number(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
    guard let text = try optional(name) else { return nil }
    guard text.utf8.count <= 9, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), text.utf8.first != 0x30,
      let number = Int(text), range.contains(number)
    else {
      throw malformed(name, text, "write a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A UUID in lower case.
  func uuid(_ name: String) throws(Problem) -> String {
    let text = try required(name).lowercased()
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12], parts.allSatisfy({ $0.utf8.allSatisfy(Self.isHexadecimal) })
    else {
      throw malformed(name, text, "write a UUID, such as 123e4567-e89b-12d3-a456-426614174000; /v1/devices lists them")
    }
    return text
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }

  /// - Parameter subject: what a cursor must belong to.
  func cursor(of subject: String) throws(Problem) -> Cursor? {
    guard let text = try optional("cursor") else { return nil }
    let isWellFormed =
      text.utf8.count == 30
      && text.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D
          || $0 == 0x5F
      }
    guard isWellFormed else { throw malformed("cursor", text, "write the next_cursor of an answer") }
    guard let cursor = Cursor(text, of: subject) else { throw Self.unknownCursor }
    return cursor
  }

  static let unknownCursor = Problem(
    .notFound, .unknownCursor, "this cursor is none of this request's: begin again without it", parameter: "cursor")

  /// RFC 3339, to the microsecond; a leap second is the beginning of the next.
  static func instant(_ text: String) -> Instant? {
    var bytes = Array(text.utf8)
    // Market's reader knows further forms; this one knows RFC 3339's alone: yyyy-MM-ddTHH:mm:ss, a fraction, a zone.
    guard bytes.count >= 20, bytes[10] == 0x54 || bytes[10] == 0x74, bytes[13] == 0x3A, bytes[16] == 0x3A else {
      return nil
    }
    let isUTC = bytes.last == 0x5A || bytes.last == 0x7A
    let zone = bytes.count - (isUTC ? 1 : 6)
    guard zone >= 19 else { return nil }
    if !isUTC {
      guard bytes[zone] == 0x2B || bytes[zone] == 0x2D, bytes[zone + 3] == 0x3A, bytes[zone + 4] < 0x36 else {
        return nil
      }
    }
    if zone > 19 {
      guard bytes[19] == 0x2E, zone > 20, bytes[20..<zone].allSatisfy({ (0x30...0x39).contains($0) }) else {
        return nil
      }
    }
    let isLeapSecond = bytes[17] == 0x36 && bytes[18] == 0x30
    if isLeapSecond { (bytes[17], bytes[18]) = (0x35, 0x39) }
    guard let instant = Instant(bytes.span, at: 0, count: bytes.count) else { return nil }
    return withinCalendar(isLeapSecond ? instant.advanced(by: .seconds(1)) : instant)
  }

  /// RFC 3339 writes four digits of a year: what an offset takes beyond them is cut off.
  private static func withinCalendar(_ instant: Instant) -> Instant {
    min(max(instant, Instant(seconds: -62_135_596_800)), Instant(microseconds: 253_402_300_799_999_999))
  }
}
