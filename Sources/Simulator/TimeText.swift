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
