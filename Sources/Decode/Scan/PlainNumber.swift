import Market

/// A number of the form that nearly all longer ones have, up to 8 digits and up to 18 decimals: taken apart eight bytes
/// at a time.
struct PlainNumber {
  /// The sign bit of a `Double`.
  private let sign: UInt64
  private let whole: UInt64
  private let fraction: UInt64
  private let decimals: Int

  /// - Returns: nil for any other form, what is no number included, and where the bytes around it are too few.
  @inline(__always)
  init?(_ bytes: Span<UInt8>, at start: Int, count: Int) {
    let end = start &+ count
    guard count > 0, start &+ 9 <= bytes.count, end >= 8 else { return nil }
    let isNegative = bytes[start] == UInt8(ascii: "-") ? 1 : 0
    sign = UInt64(truncatingIfNeeded: isNegative) &<< 63
    let first = start &+ isNegative
    let length = end &- first
    let word = bytes.word(at: first)
    let digits = min((word ^ UInt64(eight: UInt8(ascii: "."))).firstZeroByte.firstByte, length)
    let behind = length &- digits &- 1
    decimals = behind & ~(behind &>> 63)
    // Negative: a zero leads other digits.
    let leadingZero = ~(digits &- 2) & ((Int(truncatingIfNeeded: word & 0xFF) ^ 0x30) &- 1)
    guard digits > 0, behind != 0, decimals <= 18, leadingZero >= 0,
      digits < 8 || length == 8 || bytes[first &+ 8] == UInt8(ascii: "."),
      let whole = Self.value((word ^ Self.zeros) &<< UInt64(truncatingIfNeeded: 64 &- 8 &* digits)),
      let last = Self.lastDigits(bytes, before: end, count: min(decimals, 8))
    else { return nil }
    self.whole = whole
    guard decimals > 8 else {
      fraction = last
      return
    }
    guard end >= 24, let middle = Self.lastDigits(bytes, before: end &- 8, count: min(decimals &- 8, 8)),
      let high = Self.lastDigits(bytes, before: end &- 16, count: max(decimals &- 16, 0))
    else { return nil }
    fraction = (high &* 100_000_000 &+ middle) &* 100_000_000 &+ last
  }

  /// The nearest `Double`, where one division gives it: both numbers are exact, and the hardware rounds correctly.
  @inline(__always)
  var exact: Double? {
    if decimals > 8 {
      if fraction == 0 { return signed(Self.double(whole)) }
      guard decimals <= 15, whole <= 9 else { return nil }
    }
    // No carry beyond 64 bits: 8 digits and 8, or 1 and 15.
    let digits = whole &* Self.powers[decimals] &+ fraction
    guard digits <= 1 << 53 else { return nil }
    return signed(Self.double(digits) / Self.double(Self.powers[decimals]))
  }

  /// At most two units in the last place from the true value.
  @inline(__always)
  var near: Double { signed(Self.double(whole) + Self.double(fraction) / Self.double(Self.powers[decimals])) }

  @inline(__always)
  private func signed(_ magnitude: Double) -> Double { Double(bitPattern: magnitude.bitPattern | sign) }

  /// Of a number below 2^63, which is one instruction.
  @inline(__always)
  private static func double(_ number: UInt64) -> Double { Double(Int64(bitPattern: number)) }

  private static let zeros = UInt64(eight: UInt8(ascii: "0"))

  /// The number that the `count` bytes before `end` write; nil where they are not all digits.
  @inline(__always)
  private static func lastDigits(_ bytes: Span<UInt8>, before end: Int, count: Int) -> UInt64? {
    // For none a shift by all 64 bits.
    value((bytes.word(at: end &- 8) ^ zeros) & (~0 << UInt64(truncatingIfNeeded: 64 &- 8 &* count)))
  }

  /// The number of eight digits, each a byte of 0 to 9, the first in the lowest; nil where one is more.
  @inline(__always)
  private static func value(_ digits: UInt64) -> UInt64? {
    digits.areDigits ? digits.eightDigits : nil
  }

  private static let powers: [UInt64] = [
    1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
    100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
    10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000,
  ]
}
