internal import Market

extension [UInt8] {
  /// `2026-03-29`.
  mutating func append(_ date: CivilDate) {
    let (year, month, day) = date.yearMonthDay
    append(digits: UInt(year), width: 4)
    append(UInt8(ascii: "-"))
    append(digits: UInt(month), width: 2)
    append(UInt8(ascii: "-"))
    append(digits: UInt(day), width: 2)
  }

  /// `2026-03-29T00:30:00Z`, whole seconds: what is smaller is cut off.
  mutating func append(_ instant: Instant) {
    let day: Int64 = 86_400_000_000
    let days = instant.microseconds >= 0 ? instant.microseconds / day : (instant.microseconds - day + 1) / day
    let second = UInt((instant.microseconds - days * day) / 1_000_000)
    append(CivilDate(daysSinceEpoch: Int(days)))
    append(UInt8(ascii: "T"))
    append(digits: second / 3_600, width: 2)
    append(UInt8(ascii: ":"))
    append(digits: second / 60 % 60, width: 2)
    append(UInt8(ascii: ":"))
    append(digits: second % 60, width: 2)
    append(UInt8(ascii: "Z"))
  }
}

extension Instant {
  /// `Sun, 29 Mar 2026 00:31:30 GMT`, as RFC 9110, section 5.6.7, has it.
  var httpDate: String {
    let days = Int((Double(microseconds) / 86_400_000_000).rounded(.down))
    let second = UInt((microseconds - Int64(days) * 86_400_000_000) / 1_000_000)
    let date = CivilDate(daysSinceEpoch: days)
    let (year, month, day) = date.yearMonthDay
    let weekday = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][date.weekday]
    var text: [UInt8] = []
    text.append("\(weekday), ")
    text.append(digits: UInt(day), width: 2)
    text.append(" \(monthNames[month - 1].prefix(3)) \(year) ")
    for (place, part) in [second / 3_600, second / 60 % 60, second % 60].enumerated() {
      if place > 0 { text.append(":") }
      text.append(digits: part, width: 2)
    }
    return String(decoding: text, as: UTF8.self) + " GMT"
  }
}
