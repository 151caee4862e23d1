/// A moment in UTC, counted in whole microseconds since 1970-01-01T00:00:00Z, as PostgreSQL counts its own.
///
/// Never a `Double`: an instant survives a round trip through the database bit for bit.
package struct Instant: Hashable, Comparable, Sendable {
  /// Microseconds since 1970-01-01T00:00:00Z, without leap seconds.
  package var microseconds: Int64

  @inlinable @inline(__always)
  package init(microseconds: Int64) { self.microseconds = microseconds }

  /// Later than any: of what is waited for without end.
  package static let distantFuture = Instant(microseconds: .max)

  package init(seconds: Int64) { self.microseconds = seconds * 1_000_000 }

  package static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }

  /// This instant moved by `duration`, cut to whole microseconds.
  package func advanced(by duration: Duration) -> Instant {
    Instant(microseconds: microseconds + duration.microseconds)
  }

  /// The time from `other` to this instant; negative when `other` is later.
  package func since(_ other: Instant) -> Duration { .microseconds(microseconds - other.microseconds) }
}

extension Duration {
  /// Whole microseconds; what is smaller is cut off.
  package var microseconds: Int64 {
    components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
  }

  package static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }
  package static func hours(_ count: Int) -> Duration { .seconds(count * 3_600) }
  package static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}

// MARK: - Text

extension Instant: CustomStringConvertible {
  /// RFC 3339 in UTC, `2026-03-29T00:30:00Z`; a fraction only where there is one (`…:00.25Z`).
  package var description: String {
    let (second, fraction) = microseconds.flooredDivision(by: 1_000_000)
    let (day, secondOfDay) = second.flooredDivision(by: 86_400)
    let date = CivilDate(daysSinceEpoch: Int(day))
    let clock = Int(secondOfDay)
    var text = "\(date)T\(padded(clock / 3_600, 2)):\(padded(clock / 60 % 60, 2)):\(padded(clock % 60, 2))"
    if fraction != 0 {
      var digits = padded(Int(fraction), 6)
      while digits.last == "0" { digits.removeLast() }
      text += "." + digits
    }
    return text + "Z"
  }

  /// Reads RFC 3339: `2026-03-29T00:30:00Z`, with a fraction, with `+01:00` instead of `Z`, without seconds,
  /// with a space for the `T`. Without a zone it is UTC, as Elexon's older datasets are.
  ///
  /// - Returns: nil where the text is anything else, an impossible date included.
  package init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    guard let instant = bytes.span.withInstant(at: 0, count: bytes.count) else { return nil }
    self = instant
  }

  /// Reads the `count` bytes from `start` as RFC 3339 without copying them; nil where they are anything else.
  package init?(_ bytes: Span<UInt8>, at start: Int, count: Int) {
    guard let instant = bytes.withInstant(at: start, count: count) else { return nil }
    self = instant
  }
}

extension Span<UInt8> {
  fileprivate func withInstant(at start: Int, count: Int) -> Instant? {
    count == 20 ? wholeSecond(at: start) ?? anyInstant(at: start, count: count) : anyInstant(at: start, count: count)
  }

  /// `2026-03-29T00:30:00Z`, the form of nearly all, eight characters at a time.
  private func wholeSecond(at start: Int) -> Instant? {
    guard start >= 0, start <= self.count - 20 else { return nil }
    // The form's own characters, backwards: the first is the lowest byte. A digit becomes 0 to 9, all others 0.
    let date = word(at: start) ^ 0x2D30_302D_3030_3030  // 0000-00-
    let dayAndHour = word(at: start + 8) ^ 0x3030_3A30_3054_3030  // 00T00:00
    let time = word(at: start + 12) ^ 0x5A30_303A_3030_3A30  // 0:00:00Z
    let others =
      date & 0xFF00_00FF_0000_0000 | dayAndHour & 0x0000_FF00_00FF_0000 | time & 0xFF00_00FF_0000_FF00
    guard others == 0, date.areDigits, dayAndHour.areDigits, time.areDigits else { return nil }
    let year = date.twoDigits(0) * 100 + date.twoDigits(2)
    let (hour, minute, second) = (dayAndHour.twoDigits(3), dayAndHour.twoDigits(6), time.twoDigits(5))
    guard hour < 24, minute < 60, second < 60,
      let day = CivilDate(year: year, month: date.twoDigits(5), day: dayAndHour.twoDigits(0))
    else { return nil }
    let seconds = day.daysSinceEpoch &* 86_400 &+ hour &* 3_600 &+ minute &* 60 &+ second
    return Instant(microseconds: Int64(seconds) &* 1_000_000)
  }

  private func anyInstant(at start: Int, count: Int) -> Instant? {
    // yyyy-MM-ddTHH:mm at fixed places, then optional seconds, fraction and zone.
    guard count >= 16, start >= 0, start + count <= self.count,
      let date = CivilDate(self, at: start),
      self[start + 10] == UInt8(ascii: "T") || self[start + 10] == UInt8(ascii: " ")
        || self[start + 10] == UInt8(ascii: "t"),
      let hour = twoDigits(at: start + 11), hour < 24, self[start + 13] == UInt8(ascii: ":"),
      let minute = twoDigits(at: start + 14), minute < 60
    else { return nil }
    let end = start + count
    var place = start + 16
    var second = 0
    var fraction: Int64 = 0
    if place + 2 < end, self[place] == UInt8(ascii: ":") {
      guard let value = twoDigits(at: place + 1), value < 60 else { return nil }
      second = value
      place += 3
      if place < end, self[place] == UInt8(ascii: ".") || self[place] == UInt8(ascii: ",") {
        place += 1
        let first = place
        var scale: Int64 = 100_000
        while place < end, let digit = digit(at: place) {
          fraction += Int64(digit) * scale
          scale /= 10
          place += 1
        }
        guard place > first else { return nil }
      }
    }
    var offset = 0
    if place < end {
      switch self[place] {
      case UInt8(ascii: "Z"), UInt8(ascii: "z"): place += 1
      case UInt8(ascii: "+"), UInt8(ascii: "-"):
        let sign = self[place] == UInt8(ascii: "-") ? -1 : 1
        guard place + 2 < end, let hours = twoDigits(at: place + 1), hours < 24 else { return nil }
        place += 3
        var minutes = 0
        if place < end {
          if self[place] == UInt8(ascii: ":") { place += 1 }
          guard place + 1 < end, let value = twoDigits(at: place), value < 60 else { return nil }
          minutes = value
          place += 2
        }
        offset = sign * (hours * 3_600 + minutes * 60)
      default: return nil
      }
    }
    guard place == end else { return nil }
    let seconds = date.daysSinceEpoch * 86_400 + hour * 3_600 + minute * 60 + second - offset
    return Instant(microseconds: Int64(seconds) * 1_000_000 + fraction)
  }

  func digit(at place: Int) -> Int? {
    let byte = self[place]
    return byte >= 0x30 && byte <= 0x39 ? Int(byte) - 0x30 : nil
  }

  func twoDigits(at place: Int) -> Int? {
    guard place + 1 < count, let tens = digit(at: place), let ones = digit(at: place + 1) else { return nil }
    return tens * 10 + ones
  }
}

extension Int64 {
  /// Quotient rounded down and the remainder that is never negative: what a clock before 1970 needs.
  fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}

func padded(_ number: Int, _ width: Int) -> String {
  let digits = String(number)
  return digits.count >= width ? digits : String(repeating: "0", count: width - digits.count) + digits
}
