import Feeds
import Market

/// Reads the time of a record, by the feed's rule and London's clock.
struct TimeReader {
  struct Refused: Error {
    let slot: Int
    let reason: String
  }

  private let rule: RecordPlan.Time
  private let london: LondonClock
  // The day of the record before, and where it stands: a reply has few days and many records.
  private var knownDate = Token.absent
  private var knownDay = SettlementDate(CivilDate(daysSinceEpoch: 0))
  private var knownStart = Instant(microseconds: 0)
  private var knownPeriods = 0

  init(_ rule: RecordPlan.Time, london: LondonClock) {
    self.rule = rule
    self.london = london
  }

  @inline(__always)
  mutating func read(_ slots: Span<Token>, of bytes: Span<UInt8>) throws(Refused) -> Instant {
    let (first, second) = rule.slots
    return try read(slots[first], slots[second], of: bytes)
  }

  /// - Parameters:
  ///   - token: of the date, or of the time as a whole.
  ///   - period: of the settlement period, where the rule has one.
  @inline(__always)
  mutating func read(_ token: Token, _ period: Token, of bytes: Span<UInt8>) throws(Refused) -> Instant {
    switch rule {
    case .settlementPeriod(let date, let form, let slot):
      try readDay(token, slot: date, form: form, of: bytes)
      let number = try readPeriod(period, slot: slot, of: bytes)
      guard number >= 1, number <= knownPeriods else { throw noSuchPeriod(slot: slot) }
      return Instant(microseconds: knownStart.microseconds &+ Int64(number &- 1) &* 1_800_000_000)
    case .instant(let slot):
      let (start, count) = try textRange(token, slot: slot, of: bytes)
      guard let instant = Instant(bytes, at: start, count: count) else {
        throw Refused(slot: slot, reason: "is not an instant such as 2026-03-29T00:30:00Z")
      }
      return instant
    case .london(let slot, let form): return try readLondon(token, slot: slot, form: form, of: bytes)
    }
  }

  private func noSuchPeriod(slot: Int) -> Refused {
    Refused(slot: slot, reason: "is no settlement period: \(knownDay) has \(knownPeriods)")
  }

  private func textRange(
    _ token: Token, slot: Int, of bytes: Span<UInt8>
  ) throws(Refused) -> (start: Int, count: Int) {
    switch token.kind {
    case .text: return bytes.trimmed(token)
    case .absent: throw Refused(slot: slot, reason: "is missing")
    default: throw Refused(slot: slot, reason: "is not the text of a time")
    }
  }

  @inline(__always)
  private mutating func readDay(
    _ token: Token, slot: Int, form: DateForm, of bytes: Span<UInt8>
  ) throws(Refused) {
    if !isKnown(token, bytes) { try readNewDay(token, slot: slot, form: form, of: bytes) }
  }

  @inline(__always)
  private func isKnown(_ token: Token, _ bytes: Span<UInt8>) -> Bool {
    token.kind == .text && knownDate.kind == .text && token.count == knownDate.count
      && bytes.areSame(knownDate.start, token.start, count: token.count)
  }

  @inline(never)
  private mutating func readNewDay(
    _ token: Token, slot: Int, form: DateForm, of bytes: Span<UInt8>
  ) throws(Refused) {
    var range = (start: token.start, count: token.count)
    let date: CivilDate?
    if token.kind == .escaped, let text = unescapedJSON(token, in: bytes) {
      // Some writers escape the slash of 31\/01\/2024.
      date = Self.date(text.span, at: 0, count: text.count, form: form)
    } else {
      range = try textRange(token, slot: slot, of: bytes)
      date = Self.date(bytes, at: range.start, count: range.count, form: form)
    }
    guard let date else { throw Refused(slot: slot, reason: "is no date of the form \(form.rawValue)") }
    know(date, as: token)
  }

  private mutating func know(_ date: CivilDate, as token: Token) {
    knownDay = SettlementDate(date)
    let window = knownDay.window(in: london)
    knownStart = window.from
    knownPeriods = window.halfHours
    knownDate = token.kind == .text ? token : .absent
  }

  @inline(__always)
  private func readPeriod(_ token: Token, slot: Int, of bytes: Span<UInt8>) throws(Refused) -> Int {
    guard token.kind == .number || token.kind == .text else {
      throw Refused(slot: slot, reason: token.kind == .absent ? "is missing" : "is not a number")
    }
    let (start, count) = bytes.trimmed(token)
    // As a number 07 is no JSON; as text, in CSV, it is a 7.
    guard count == 1 || count == 2, token.kind == .text || count == 1 || bytes[start] != 0x30 else {
      return try wholeNumber(bytes, start, count, token.kind, slot: slot)
    }
    let (tens, ones) = (count == 1 ? 0 : bytes[start] &- 0x30, bytes[start &+ count &- 1] &- 0x30)
    guard tens <= 9, ones <= 9 else { return try wholeNumber(bytes, start, count, token.kind, slot: slot) }
    return Int(tens) &* 10 &+ Int(ones)
  }

  /// `37.0` and `3.7e1` are whole numbers too, and as text `007`.
  @inline(never)
  private func wholeNumber(
    _ bytes: Span<UInt8>, _ start: Int, _ count: Int, _ kind: Token.Kind, slot: Int
  ) throws(Refused) -> Int {
    if kind == .text, count == 3, let number = Self.digits(bytes, start, 3) { return number }
    guard let value = NumberScanner.double(bytes, at: start, count: count), let number = Int(exactly: value) else {
      throw Refused(slot: slot, reason: "is not a whole number")
    }
    return number
  }

  private mutating func readLondon(
    _ token: Token, slot: Int, form: DateForm, of bytes: Span<UInt8>
  ) throws(Refused) -> Instant {
    let (start, count) = try textRange(token, slot: slot, of: bytes)
    // The time of day is the part after the last blank or T: 31/01/2024 16:30 or 2024-01-31T16:30:00.
    var end = start + count
    while end > start, bytes[end - 1] != 0x20, bytes[end - 1] != UInt8(ascii: "T") { end -= 1 }
    let day = Token(kind: .text, start: start, count: end - 1 - start)
    if end > start, let second = Self.secondOfDay(bytes, at: end, count: start + count - end) {
      if !isKnown(day, bytes), let date = Self.date(bytes, at: day.start, count: day.count, form: form) {
        know(date, as: day)
      }
      if isKnown(day, bytes) {
        // On a day without a change of the clocks every time is there once.
        if knownPeriods == 48 { return Instant(microseconds: knownStart.microseconds + Int64(second) * 1_000_000) }
        guard let instant = london.instant(of: knownDay.date, secondOfDay: second) else {
          throw Refused(slot: slot, reason: "is shown by London's clocks twice or never on that day")
        }
        return instant
      }
    }
    throw Refused(slot: slot, reason: "is no date and time of the form \(form.rawValue) HH:mm")
  }

  /// `HH:mm` or `HH:mm:ss`.
  private static func secondOfDay(_ bytes: Span<UInt8>, at start: Int, count: Int) -> Int? {
    guard count == 5 || count == 8, bytes[start + 2] == UInt8(ascii: ":"), let hour = digits(bytes, start, 2),
      let minute = digits(bytes, start + 3, 2), hour < 24, minute < 60
    else { return nil }
    guard count == 8 else { return hour * 3_600 + minute * 60 }
    guard bytes[start + 5] == UInt8(ascii: ":"), let second = digits(bytes, start + 6, 2), second < 60
    else { return nil }
    return hour * 3_600 + minute * 60 + second
  }

  static func date(_ bytes: Span<UInt8>, at start: Int, count: Int, form: DateForm) -> CivilDate? {
    switch form {
    case .yearMonthDay: return count == 10 ? CivilDate(bytes, at: start) : nil
    case .dayMonthYear:
      guard count == 10, bytes[start + 2] == UInt8(ascii: "/"), bytes[start + 5] == UInt8(ascii: "/"),
        let day = digits(bytes, start, 2), let month = digits(bytes, start + 3, 2),
        let year = digits(bytes, start + 6, 4)
      else { return nil }
      return CivilDate(year: year, month: month, day: day)
    case .dayMonthNameYear:
      let parts = String(decoding: bytes.bytes(from: start, count: count), as: UTF8.self).split(separator: " ")
      guard parts.count == 3, parts[0].utf8.count <= 2, let day = unsigned(parts[0]), parts[2].utf8.count == 4,
        let year = unsigned(parts[2]),
        let month = monthNames.firstIndex(of: parts[1].lowercased())
      else { return nil }
      return CivilDate(year: year, month: month + 1, day: day)
    }
  }

  private static let monthNames = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
  ]

  private static func digits(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> Int? {
    var number = 0
    for index in start..<(start + count) {
      guard bytes[index] >= 0x30, bytes[index] <= 0x39 else { return nil }
      number = number * 10 + Int(bytes[index]) - 0x30
    }
    return number
  }
}

/// Digits alone: no sign, as `Int` would allow.
private func unsigned(_ text: Substring) -> Int? {
  text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } ? Int(text) : nil
}
