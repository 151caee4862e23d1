import Market

/// Walks CSV text cell by cell.
///
/// Commas and line feeds are found 64 bytes in one step: how long the cells are is chance, and asked a byte at a time
/// every cell would be a branch mistaken. Source: RFC 4180.
struct CSVScanner {
  private(set) var place: Int
  /// Lines ended, empty ones and those inside quotes included: what an editor counts.
  private(set) var line = 0
  /// The first of the 64 bytes in hand, and a bit for each comma and line feed among them that was not passed.
  private var block: Int
  private var found: UInt64 = 0

  init(at place: Int) {
    self.place = place
    block = place &- 64
  }

  /// The next cell, without its quotes; the end of a line, or of the reply, ends one too.
  @inline(__always)
  mutating func cell(_ bytes: Span<UInt8>) throws(Malformed) -> (token: Token, endsLine: Bool) {
    let start = place
    if start < bytes.count, bytes[start] == UInt8(ascii: "\"") {
      // A copy, so that this one need not be in memory for the sake of a rare call.
      var aside = self
      let cell = try aside.quotedCell(bytes)
      aside.forgetPassed(bytes)
      self = aside
      return cell
    }
    while found == 0, block < bytes.count {
      block &+= 64
      found = Self.ends(at: block, bytes)
    }
    let end = min(block &+ found.trailingZeroBitCount, bytes.count)
    found &= found &- 1
    place = end &+ 1
    if end < bytes.count, bytes[end] == UInt8(ascii: ",") {
      return (Token(kind: .text, start: start, count: end &- start), false)
    }
    line &+= 1
    let count = end > start && bytes[end &- 1] == UInt8(ascii: "\r") ? end &- 1 &- start : end &- start
    return (Token(kind: .text, start: start, count: count), true)
  }

  /// The commas and line feeds inside quotes.
  private mutating func forgetPassed(_ bytes: Span<UInt8>) {
    if place < block &+ 64 {
      found &= ~0 &<< UInt64(truncatingIfNeeded: place &- block)
    } else {
      block = place
      found = Self.ends(at: place, bytes)
    }
  }

  /// A bit for each of the 64 bytes from `place` on that ends a cell.
  @inline(never)
  private static func ends(at place: Int, _ bytes: Span<UInt8>) -> UInt64 {
    var found: UInt64 = 0
    guard place <= bytes.count &- 64 else {
      for index in place..<max(place, bytes.count) {
        let isEnd = bytes[index] == UInt8(ascii: ",") || bytes[index] == UInt8(ascii: "\n")
        found |= (isEnd ? 1 : 0) &<< UInt64(index &- place)
      }
      return found
    }
    for index in 0..<8 {
      let word = bytes.word(at: place &+ 8 &* index)
      let ends =
        (word ^ UInt64(eight: UInt8(ascii: ","))).zeroBytes | (word ^ UInt64(eight: UInt8(ascii: "\n"))).zeroBytes
      // The highest bits of its bytes, gathered: each lands in the product's highest byte.
      found |= (((ends &>> 7) &* 0x0102_0408_1020_4080) &>> 56) &<< UInt64(truncatingIfNeeded: 8 &* index)
    }
    return found
  }

  @inline(never)
  private mutating func quotedCell(_ bytes: Span<UInt8>) throws(Malformed) -> (token: Token, endsLine: Bool) {
    let start = place + 1
    var kind = Token.Kind.text
    place += 1
    while place < bytes.count {
      guard bytes[place] == UInt8(ascii: "\"") else {
        if bytes[place] == UInt8(ascii: "\n") { line += 1 }
        place += 1
        continue
      }
      place += 1
      if place < bytes.count, bytes[place] == UInt8(ascii: "\"") {
        kind = .escaped
        place += 1
        continue
      }
      let token = Token(kind: kind, start: start, count: place - 1 - start)
      if place < bytes.count, bytes[place] == UInt8(ascii: "\r") { place += 1 }
      guard place < bytes.count else {
        line += 1
        return (token, true)
      }
      place += 1
      switch bytes[place - 1] {
      case UInt8(ascii: ","): return (token, false)
      case UInt8(ascii: "\n"):
        line += 1
        return (token, true)
      default: throw Malformed("text after a closing quote", at: place - 1)
      }
    }
    throw Malformed("it ends inside a quoted cell", at: start)
  }
}
