import Market

/// Walks JSON text without building anything.
///
/// What it passes over is checked as far as finding its end needs: quotes, brackets, commas and literals, but neither
/// UTF-8 nor the digits of numbers that nobody wants. Source: RFC 8259.
struct JSONScanner {
  private(set) var place: Int

  /// Deeper nesting than any feed has; a reply that nests without end must not exhaust the stack.
  private static let deepest = 64

  init(at place: Int = 0) { self.place = place }

  mutating func skip(to place: Int) { self.place = place }

  /// The next byte that is not white space, which stays to be read.
  @inline(__always)
  mutating func next(_ bytes: Span<UInt8>) throws(Malformed) -> UInt8 {
    while place < bytes.count {
      let byte = bytes[place]
      if byte > 0x20 { return byte }
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else {
        throw Malformed("a control character", at: place)
      }
      place += 1
    }
    throw Malformed("it ends too early", at: place)
  }

  /// Whether the next byte is `wanted`, which is then passed.
  @inline(__always)
  mutating func take(_ wanted: UInt8, _ bytes: Span<UInt8>) throws(Malformed) -> Bool {
    guard try next(bytes) == wanted else { return false }
    place += 1
    return true
  }

  @inline(__always)
  mutating func expect(_ wanted: UInt8, _ bytes: Span<UInt8>) throws(Malformed) {
    guard try take(wanted, bytes) else {
      throw Malformed(
        "\"\(UnicodeScalar(bytes[place]))\" where \"\(UnicodeScalar(wanted))\" should be", at: place)
    }
  }

  /// Only white space may follow.
  mutating func expectEnd(_ bytes: Span<UInt8>) throws(Malformed) {
    while place < bytes.count {
      let byte = bytes[place]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else {
        throw Malformed("there is more after its end", at: place)
      }
      place += 1
    }
  }

  /// A key or a string value; its token spans what is between the quotes.
  @inline(__always)
  mutating func string(_ bytes: Span<UInt8>) throws(Malformed) -> Token {
    try expect(UInt8(ascii: "\""), bytes)
    let start = place
    skipPlainText(bytes)
    guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { return try escapedString(bytes, from: start) }
    place &+= 1
    return Token(kind: .text, start: start, count: place &- 1 &- start)
  }

  /// To the next quote or backslash, or to the end.
  @inline(__always)
  private mutating func skipPlainText(_ bytes: Span<UInt8>) {
    while place <= bytes.count &- 8 {
      let word = bytes.word(at: place)
      let quote = (word ^ UInt64(eight: UInt8(ascii: "\""))).firstZeroByte
      let found = quote | (word ^ UInt64(eight: UInt8(ascii: "\\"))).firstZeroByte
      if found != 0 {
        place &+= found.firstByte
        return
      }
      place &+= 8
    }
    while place < bytes.count, bytes[place] != UInt8(ascii: "\""), bytes[place] != UInt8(ascii: "\\") { place &+= 1 }
  }

  /// A string from its first backslash on, or one that never ends.
  @inline(never)
  private mutating func escapedString(_ bytes: Span<UInt8>, from start: Int) throws(Malformed) -> Token {
    while place < bytes.count {
      if bytes[place] == UInt8(ascii: "\"") {
        place += 1
        return Token(kind: .escaped, start: start, count: place - 1 - start)
      }
      place += 2
      skipPlainText(bytes)
    }
    throw Malformed("it ends inside a string", at: start)
  }

  /// The key of an object's member, with the colon after it.
  @inline(__always)
  mutating func key(_ bytes: Span<UInt8>) throws(Malformed) -> Token {
    let key = try string(bytes)
    try expect(UInt8(ascii: ":"), bytes)
    return key
  }

  /// After a member or an element: true where another follows, false at the closing `end`.
  @inline(__always)
  mutating func hasMore(_ end: UInt8, _ bytes: Span<UInt8>) throws(Malformed) -> Bool {
    let byte = try next(bytes)
    guard byte == UInt8(ascii: ",") || byte == end else {
      throw Malformed("\"\(UnicodeScalar(byte))\" where \",\" or \"\(UnicodeScalar(end))\" should be", at: place)
    }
    place += 1
    return byte != end
  }

  /// Any value; a number's or a literal's token spans its text.
  @inline(__always)
  mutating func value(_ bytes: Span<UInt8>, depth: Int = 0) throws(Malformed) -> Token {
    let first = try next(bytes)
    switch first {
    case UInt8(ascii: "\""): return try string(bytes)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      let start = place
      skipNumber(bytes)
      return Token(kind: .number, start: start, count: place &- start)
    case UInt8(ascii: "{"), UInt8(ascii: "["): return try composite(bytes, depth: depth)
    case UInt8(ascii: "n"): return try literal("null", .null, bytes)
    case UInt8(ascii: "t"): return try literal("true", .boolean, bytes)
    case UInt8(ascii: "f"): return try literal("false", .boolean, bytes)
    default: throw Malformed("\"\(UnicodeScalar(first))\" where a value should be", at: place)
    }
  }

  /// Past all that a number may be made of; whether it is one is seen when it is wanted.
  @inline(__always)
  private mutating func skipNumber(_ bytes: Span<UInt8>) {
    // Sixteen in one step, since most numbers are shorter: where they end is no branch that could be mistaken.
    while place <= bytes.count &- 16 {
      let low = Self.otherThanNumber(bytes.word(at: place))
      let high = Self.otherThanNumber(bytes.word(at: place &+ 8))
      if low | high != 0 {
        place &+= low != 0 ? low.firstByte : high.firstByte &+ 8
        // What ends nearly every number; an exponent or its plus sign is for the slow way.
        if bytes[place] == UInt8(ascii: ",") || bytes[place] == UInt8(ascii: "}") { return }
        break
      }
      place &+= 16
    }
    while place < bytes.count, Self.isOfNumber(bytes[place]) { place &+= 1 }
  }

  @inline(__always)
  private static func isOfNumber(_ byte: UInt8) -> Bool {
    (byte >= 0x30 && byte <= 0x39) || byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e")
      || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
  }

  /// Not 0 if a byte is none of `-`, `.` and the digits; its lowest bit is of the first such byte.
  @inline(__always)
  private static func otherThanNumber(_ word: UInt64) -> UInt64 {
    let top = UInt64(eight: 0x80)
    let low = word & ~top
    // Beyond 9, or below the minus sign, or the slash, which is the one other that is between.
    return ((low &+ UInt64(eight: 0x80 - 0x3A)) | ~(low &+ UInt64(eight: 0x80 - 0x2D)) | word) & top
      | (word ^ UInt64(eight: UInt8(ascii: "/"))).firstZeroByte
  }

  private mutating func literal(
    _ text: StaticString, _ kind: Token.Kind, _ bytes: Span<UInt8>
  ) throws(Malformed) -> Token {
    let start = place
    for index in 0..<text.utf8CodeUnitCount {
      guard place < bytes.count, bytes[place] == text.utf8Start[index] else {
        throw Malformed("a word where a value should be", at: start)
      }
      place += 1
    }
    return Token(kind: kind, start: start, count: place - start)
  }

  private mutating func composite(_ bytes: Span<UInt8>, depth: Int) throws(Malformed) -> Token {
    guard depth < Self.deepest else { throw Malformed("it nests deeper than \(Self.deepest) levels", at: place) }
    let start = place
    if bytes[place] == UInt8(ascii: "{") {
      place += 1
      if try !take(UInt8(ascii: "}"), bytes) {
        repeat {
          _ = try key(bytes)
          _ = try value(bytes, depth: depth + 1)
        } while try hasMore(UInt8(ascii: "}"), bytes)
      }
    } else {
      place += 1
      if try !take(UInt8(ascii: "]"), bytes) {
        repeat { _ = try value(bytes, depth: depth + 1) } while try hasMore(UInt8(ascii: "]"), bytes)
      }
    }
    return Token(kind: .composite, start: start, count: place - start)
  }
}

/// The bytes of a JSON string's token, its escapes resolved.
///
/// - Returns: nil where an escape is none.
func unescapedJSON(_ token: Token, in bytes: Span<UInt8>) -> [UInt8]? {
  var result: [UInt8] = []
  var place = token.start
  let end = token.start + token.count

  func hexadecimal(at start: Int) -> UInt32? {
    guard start + 4 <= end else { return nil }
    var code: UInt32 = 0
    for index in start..<(start + 4) {
      guard let digit = Character(UnicodeScalar(bytes[index])).hexDigitValue else { return nil }
      code = code << 4 | UInt32(digit)
    }
    return code
  }

  while place < end {
    guard bytes[place] == UInt8(ascii: "\\") else {
      result.append(bytes[place])
      place += 1
      continue
    }
    guard place + 1 < end else { return nil }
    place += 2
    switch bytes[place - 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(bytes[place - 1])
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0C)
    case UInt8(ascii: "n"): result.append(0x0A)
    case UInt8(ascii: "r"): result.append(0x0D)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "u"):
      guard var code = hexadecimal(at: place) else { return nil }
      place += 4
      // A pair of surrogates is one character beyond the first 65,536.
      if code >= 0xD800, code < 0xDC00, place + 6 <= end, bytes[place] == UInt8(ascii: "\\"),
        bytes[place + 1] == UInt8(ascii: "u"), let low = hexadecimal(at: place + 2), low >= 0xDC00, low < 0xE000
      {
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        place += 6
      }
      guard let scalar = UnicodeScalar(code) else { return nil }
      result.append(contentsOf: Array(String(Character(scalar)).utf8))
    default: return nil
    }
  }
  return result
}
