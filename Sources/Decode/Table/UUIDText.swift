import Market

extension Span<UInt8> {
  /// Reads a UUID of 32 hexadecimal digits, with hyphens or without; nil where the bytes are anything else.
  ///
  /// - Returns: its two halves as numbers: the first byte is the highest.
  func uuid(at start: Int, count: Int) -> (high: UInt64, low: UInt64)? {
    switch count {
    case 36:
      // 8-4-4-4-12, eight digits at a time.
      guard start >= 0, start <= self.count - 36, self[start + 8] == UInt8(ascii: "-"),
        self[start + 13] == UInt8(ascii: "-"), self[start + 18] == UInt8(ascii: "-"),
        self[start + 23] == UInt8(ascii: "-")
      else { return nil }
      let second = word(at: start + 9) & 0xFFFF_FFFF | word(at: start + 14) &<< 32
      let third = word(at: start + 19) & 0xFFFF_FFFF | word(at: start + 24) &<< 32
      return Self.uuid(word(at: start), second, third, word(at: start + 28))
    case 32:
      guard start >= 0, start <= self.count - 32 else { return nil }
      return Self.uuid(word(at: start), word(at: start + 8), word(at: start + 16), word(at: start + 24))
    default: return nil
    }
  }

  private static func uuid(
    _ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64
  ) -> (high: UInt64, low: UInt64)? {
    guard let first = first.eightHexadecimalDigits, let second = second.eightHexadecimalDigits,
      let third = third.eightHexadecimalDigits, let fourth = fourth.eightHexadecimalDigits
    else { return nil }
    return (UInt64(first) &<< 32 | UInt64(second), UInt64(third) &<< 32 | UInt64(fourth))
  }
}

extension UInt64 {
  /// The number that its bytes write, the first digit in the lowest; nil where one is no hexadecimal digit.
  var eightHexadecimalDigits: UInt32? {
    let low = self & UInt64(eight: 0x0F)
    let high = self & UInt64(eight: 0xF0)
    // The highest bit of each byte: 0 to 9 of the digits, a letter of 1 to 6 of the two cases.
    let digits = (high ^ UInt64(eight: 0x30)).zeroBytes & ~((low &+ UInt64(eight: 6)) &<< 3)
    let letters = ((high & ~UInt64(eight: 0x20)) ^ UInt64(eight: 0x40)).zeroBytes
      & ~((low &+ UInt64(eight: 9)) &<< 3) & ~low.zeroBytes
    guard (digits | letters) & UInt64(eight: 0x80) == UInt64(eight: 0x80) else { return nil }
    let values = low &+ (letters & UInt64(eight: 0x80)) &>> 7 &* 9
    // Two digits become a byte, then pairs of bytes move together.
    var bytes = (values &<< 4 | values &>> 8) & 0x00FF_00FF_00FF_00FF
    bytes = (bytes | bytes &>> 8) & 0x0000_FFFF_0000_FFFF
    bytes = (bytes | bytes &>> 16) & 0xFFFF_FFFF
    return UInt32(truncatingIfNeeded: bytes).byteSwapped
  }
}
