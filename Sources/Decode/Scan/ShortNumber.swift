import Market

/// Numbers of at most eight characters without their sign, which most are: read as one word, with hardly a branch.
///
/// How many digits stand where is chance; a branch for it would be mistaken at every other number.
enum ShortNumber {
  /// The nearest `Double`; nil where the text is longer, no number, or of another form, such as with an exponent.
  @inline(__always)
  static func double(_ bytes: Span<UInt8>, at start: Int, count: Int) -> Double? {
    let end = start &+ count
    guard count > 0, end >= 8 else { return nil }
    let negative = bytes[start] == UInt8(ascii: "-") ? 1 : 0
    let length = count &- negative
    guard UInt(bitPattern: length &- 1) < 8 else { return nil }
    // The last character is in the highest byte, and a digit is 0 to 9; what is before the first becomes 0.
    let before = UInt64(truncatingIfNeeded: 64 &- 8 &* length)
    let text = ((bytes.word(at: end &- 8) ^ UInt64(eight: UInt8(ascii: "0"))) &>> before) &<< before
    // The point as a number less a digit's 0, and its byte's number: 8 where there is none.
    let point = (text ^ UInt64(eight: 0x1E)).firstZeroByte
    let place = point.firstByte
    // The digits before it move up by one byte, so that it is gone.
    let whole = text & ((1 &<< UInt64(truncatingIfNeeded: point.trailingZeroBitCount & 0x38)) &- 1)
    let isolated = point & (0 &- point)
    let digits = text &- (isolated &>> 2) &+ (isolated &>> 6) &- whole &+ (whole &<< 8)
    let wholeDigits = place &+ length &- 8
    // Negative: a zero leads other digits, there is none before the point, or none behind it.
    let wrong =
      (~(wholeDigits &- 2) & (Int(truncatingIfNeeded: text &>> before & 0xFF) &- 1)) | (wholeDigits &- 1)
      | ((place ^ 7) &- 1)
    guard digits.areDigits, wrong >= 0 else { return nil }
    // Exact, and divided by an exact number: the hardware rounds correctly. The sign is the divisor's, for minus 0.
    return Double(Int64(bitPattern: digits.eightDigits)) / divisors[place &+ 9 &* negative]
  }

  /// What the digits are divided by, by the point's byte; nine for minus.
  private static let divisors: [Double] = [
    1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1, 1, -1e7, -1e6, -1e5, -1e4, -1e3, -1e2, -1e1, -1, -1,
  ]
}
