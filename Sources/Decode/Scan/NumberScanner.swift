import Glibc

/// Decimal text to the nearest binary value.
///
/// Grammar as JSON's (RFC 8259): an optional minus, digits without a leading zero, a fraction, an exponent. So no
/// `NaN`, no `+1`, no `1,000`.
enum NumberScanner {
  /// Powers of ten that a `Double` holds exactly.
  private static let exactPowers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  /// A number taken apart: ± digits × 10^exponent.
  private struct Decimal {
    var isNegative = false
    /// The first 19 significant digits, trailing zeros of a fraction left out.
    var digits: UInt64 = 0
    var exponent = 0
    /// Significant digits beyond the nineteenth were left out.
    var isCut = false
  }

  /// The nearest `Double`; nil where the bytes are no number, or beyond what a `Double` holds.
  static func double(_ bytes: Span<UInt8>, at start: Int, count: Int) -> Double? {
    if let short = ShortNumber.double(bytes, at: start, count: count) { return short }
    if let exact = PlainNumber(bytes, at: start, count: count)?.exact { return exact }
    guard let decimal = decimal(bytes, at: start, count: count) else { return nil }
    return exact(decimal) ?? bySystem(bytes, at: start, count: count)
  }

  /// The number times `scale`, as the nearest `Float`; nil where the bytes are no number or the value is out of range.
  ///
  /// Long numbers (Elexon writes 18 decimals) are decided by their first 19 digits wherever these leave no doubt.
  static func float(_ bytes: Span<UInt8>, at start: Int, count: Int, scale: Double) -> Float? {
    if let short = ShortNumber.double(bytes, at: start, count: count) {
      let float = Float(short * scale)
      return float.isFinite ? float : nil
    }
    if let plain = PlainNumber(bytes, at: start, count: count) {
      if let exact = plain.exact {
        let float = Float(exact * scale)
        return float.isFinite ? float : nil
      }
      if let float = decided(plain.near * scale) { return float }
    }
    guard let decimal = decimal(bytes, at: start, count: count) else { return nil }
    let value: Double
    if let exact = exact(decimal) {
      value = exact * scale
    } else {
      if let near = nearby(decimal), let float = decided(near * scale) { return float }
      guard let slow = bySystem(bytes, at: start, count: count) else { return nil }
      value = slow * scale
    }
    let float = Float(value)
    return float.isFinite ? float : nil
  }

  /// Whether the bytes are a number at all, of whatever size.
  static func isNumber(_ bytes: Span<UInt8>, at start: Int, count: Int) -> Bool {
    decimal(bytes, at: start, count: count) != nil
  }

  private static func decimal(_ bytes: Span<UInt8>, at start: Int, count: Int) -> Decimal? {
    let end = start + count
    var place = start
    var result = Decimal()
    if place < end, bytes[place] == UInt8(ascii: "-") {
      result.isNegative = true
      place += 1
    }
    let firstDigit = place
    var kept = 0
    var zeros = 0  // met but not yet counted in: trailing zeros of a fraction carry nothing
    var dropped = 0
    while place < end, let digit = digit(bytes[place]) {
      if kept < 19 {
        result.digits = result.digits &* 10 &+ UInt64(digit)
        if result.digits != 0 { kept += 1 }
      } else {
        dropped += 1
        if digit != 0 { result.isCut = true }
      }
      place += 1
    }
    guard place > firstDigit, place == firstDigit + 1 || bytes[firstDigit] != UInt8(ascii: "0") else { return nil }
    result.exponent = dropped
    if place < end, bytes[place] == UInt8(ascii: ".") {
      place += 1
      let firstDecimal = place
      while place < end, let digit = digit(bytes[place]) {
        place += 1
        if digit == 0 {
          zeros += 1
          continue
        }
        // The zeros before this digit turn out to be significant.
        while zeros > 0, kept < 19 {
          result.digits = result.digits &* 10
          if result.digits != 0 { kept += 1 }
          result.exponent -= 1
          zeros -= 1
        }
        zeros = 0
        if kept < 19 {
          result.digits = result.digits &* 10 &+ UInt64(digit)
          kept += 1
          result.exponent -= 1
        } else {
          result.isCut = true
        }
      }
      guard place > firstDecimal else { return nil }
    }
    if place < end, bytes[place] | 0x20 == UInt8(ascii: "e") {
      place += 1
      var sign = 1
      if place < end, bytes[place] == UInt8(ascii: "-") || bytes[place] == UInt8(ascii: "+") {
        if bytes[place] == UInt8(ascii: "-") { sign = -1 }
        place += 1
      }
      let first = place
      var exponent = 0
      while place < end, let digit = digit(bytes[place]) {
        exponent = min(exponent * 10 + digit, 100_000)
        place += 1
      }
      guard place > first else { return nil }
      result.exponent += sign * exponent
    }
    return place == end ? result : nil
  }

  @inline(__always)
  private static func digit(_ byte: UInt8) -> Int? {
    byte >= 0x30 && byte <= 0x39 ? Int(byte) - 0x30 : nil
  }

  /// Rounded once: both numbers are exact, and the hardware's division or product is correctly rounded.
  private static func exact(_ decimal: Decimal) -> Double? {
    guard !decimal.isCut, decimal.digits <= 1 << 53, abs(decimal.exponent) <= 22 else {
      return !decimal.isCut && decimal.digits == 0 ? (decimal.isNegative ? -0.0 : 0) : nil
    }
    let digits = Double(decimal.digits)
    let value =
      decimal.exponent < 0 ? digits / exactPowers[-decimal.exponent] : digits * exactPowers[decimal.exponent]
    return decimal.isNegative ? -value : value
  }

  /// At most four units in the last place from the true value.
  private static func nearby(_ decimal: Decimal) -> Double? {
    guard abs(decimal.exponent) <= 22 else { return nil }
    let digits = Double(decimal.digits)
    let value =
      decimal.exponent < 0 ? digits / exactPowers[-decimal.exponent] : digits * exactPowers[decimal.exponent]
    return decimal.isNegative ? -value : value
  }

  /// The `Float` next to every value that `near` may stand for; nil where they do not agree.
  private static func decided(_ near: Double) -> Float? {
    let margin = near.ulp * 8
    let float = Float(near - margin)
    return float.isFinite && float == Float(near + margin) ? float : nil
  }

  /// For the few that need more than 64 bits. The C function is `strtod`; a program starts in the C locale, and none
  /// of ours ever leaves it.
  private static func bySystem(_ bytes: Span<UInt8>, at start: Int, count: Int) -> Double? {
    let value = strtod(String(decoding: bytes.bytes(from: start, count: count), as: UTF8.self), nil)
    return value.isFinite ? value : nil
  }
}
