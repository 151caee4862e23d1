// Eight bytes at a time: the first byte of a word is its lowest, whatever the machine's own order.

extension Span<UInt8> {
  /// The eight bytes from `place` on. All of them must be there, which is checked once and not a byte at a time.
  @inlinable @inline(__always)
  package func word(at place: Int) -> UInt64 {
    // Named unsafe for types of which not all bytes make a value; eight bytes are always a UInt64.
    UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self))
  }

  /// The sixteen bytes from `place` on, in the machine's own order.
  @inlinable @inline(__always)
  package func twoWords(at place: Int) -> SIMD2<UInt64> {
    bytes.unsafeLoadUnaligned(fromByteOffset: place, as: SIMD2<UInt64>.self)
  }

  /// Whether the `count` bytes at `left` and at `right`, which is not before `left`, are the same.
  @inlinable @inline(__always)
  package func areSame(_ left: Int, _ right: Int, count: Int) -> Bool {
    guard count >= 8, count <= 16 else { return countOfSame(left, right, count: count) == count }
    let rest = count &- 8
    return word(at: left) == word(at: right) && word(at: left &+ rest) == word(at: right &+ rest)
  }

  /// How many of the `count` bytes at `left` and at `right`, which is not before `left`, are the same.
  @inlinable @inline(__always)
  package func countOfSame(_ left: Int, _ right: Int, count: Int) -> Int {
    var same = 0
    while same < count {
      guard right &+ same <= self.count &- 8 else { break }
      let difference = word(at: left &+ same) ^ word(at: right &+ same)
      if difference != 0 { return Swift.min(count, same &+ difference.trailingZeroBitCount >> 3) }
      same &+= 8
    }
    while same < count, right &+ same < self.count, self[left &+ same] == self[right &+ same] { same &+= 1 }
    return Swift.min(count, same)
  }
}

extension UInt64 {
  /// `byte` eight times.
  @inlinable @inline(__always)
  package init(eight byte: UInt8) { self = UInt64(byte) &* 0x0101_0101_0101_0101 }

  /// Whether each of its bytes is 0 to 9.
  @inlinable @inline(__always)
  package var areDigits: Bool { ((self &+ UInt64(eight: 0x80 - 10)) | self) & UInt64(eight: 0x80) == 0 }

  /// The number that its bytes write, all of them 0 to 9 and the first in the lowest.
  @inlinable @inline(__always)
  package var eightDigits: UInt64 {
    // Pairs of digits, then of pairs, then of fours.
    let pairs = self &* 10 &+ self &>> 8
    let mask: UInt64 = 0x0000_00FF_0000_00FF
    return ((pairs & mask) &* (100 &+ 1_000_000 &<< 32) &+ (pairs &>> 16 & mask) &* (1 &+ 10_000 &<< 32)) &>> 32
  }

  /// The number that byte `place` and the one after it write, both of them 0 to 9.
  @inline(__always)
  func twoDigits(_ place: Int) -> Int {
    let digits = Int(truncatingIfNeeded: self &>> UInt64(truncatingIfNeeded: 8 &* place))
    return (digits & 0xFF) &* 10 &+ (digits &>> 8 & 0xFF)
  }

  /// The highest bit of each byte that is 0, and none else.
  @inlinable @inline(__always)
  package var zeroBytes: UInt64 {
    let low = UInt64(eight: 0x7F)
    return ~(((self & low) &+ low) | self | low)
  }

  /// Not 0 if a byte is 0; then its lowest bit is of the first such byte. Higher bits may be of other bytes.
  @inlinable @inline(__always)
  package var firstZeroByte: UInt64 { (self &- UInt64(eight: 1)) & ~self & UInt64(eight: 0x80) }

  /// The number of the byte that the lowest bit is in; 8 for 0.
  @inlinable @inline(__always)
  package var firstByte: Int { trailingZeroBitCount >> 3 }
}
