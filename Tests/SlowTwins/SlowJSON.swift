/// Finds the records of a JSON reply as plainly as can be: every byte looked at on its own, every record on its own.
package struct SlowJSON {
  package private(set) var records: [SlowRecord] = []
  package private(set) var foundRecords = false
  package private(set) var isNull = false
  package private(set) var next = SlowToken()
  package private(set) var unknownFields = 0

  private let bytes: [UInt8]
  private let path: [String]
  private let nextPath: [String]
  private let fields: [String]
  private var place = 0

  package init(_ bytes: [UInt8], records: [String], nextPage: [String], fields: [String]) {
    self.bytes = bytes
    path = records
    nextPath = nextPage
    self.fields = fields
  }

  package mutating func read() throws(SlowError) {
    try walk(depth: 0, towardsRecords: true, towardsNext: !nextPath.isEmpty)
    skipBlanks()
    if place < bytes.count { throw SlowError(what: "there is more after its end", byte: place) }
  }

  private mutating func walk(depth: Int, towardsRecords: Bool, towardsNext: Bool) throws(SlowError) {
    if towardsRecords, depth == path.count { return try array() }
    if towardsNext, depth == nextPath.count {
      guard next.kind == .absent else { throw SlowError(what: "it names its next page twice", byte: place) }
      next = try value(depth: 0)
      return
    }
    guard try peek() == UInt8(ascii: "{") else {
      _ = try value(depth: 0)
      return
    }
    place += 1
    if try take("}") { return }
    repeat {
      let name = try key()
      let isRecords = towardsRecords && depth < path.count && name == Array(path[depth].utf8)
      let isNext = towardsNext && depth < nextPath.count && name == Array(nextPath[depth].utf8)
      if isRecords || isNext {
        try walk(depth: depth + 1, towardsRecords: isRecords, towardsNext: isNext)
      } else {
        _ = try value(depth: 0)
      }
    } while try hasMore("}")
  }

  private mutating func array() throws(SlowError) {
    guard try take("[") else {
      isNull = try value(depth: 0).kind == .null
      foundRecords = isNull
      return
    }
    foundRecords = true
    if try take("]") { return }
    repeat {
      var slots = Array(repeating: SlowToken(), count: fields.count)
      if try peek() == UInt8(ascii: "{") {
        place += 1
        var unknown = 0
        if try !take("}") {
          repeat {
            let name = try key()
            let slot = fields.firstIndex { Array($0.utf8) == name }
            let value = try value(depth: 0)
            if let slot { slots[slot] = value } else { unknown += 1 }
          } while try hasMore("}")
        }
        unknownFields = max(unknownFields, unknown)
      } else {
        _ = try value(depth: 0)
      }
      records.append(SlowRecord(slots: slots, index: records.count))
    } while try hasMore("]")
  }

  // MARK: - Text

  private mutating func skipBlanks() {
    while place < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[place]) { place += 1 }
  }

  private mutating func peek() throws(SlowError) -> UInt8 {
    skipBlanks()
    guard place < bytes.count else { throw SlowError(what: "it ends too early", byte: place) }
    guard bytes[place] > 0x20 else { throw SlowError(what: "a control character", byte: place) }
    return bytes[place]
  }

  private mutating func take(_ wanted: Unicode.Scalar) throws(SlowError) -> Bool {
    guard try peek() == UInt8(ascii: wanted) else { return false }
    place += 1
    return true
  }

  private mutating func expect(_ wanted: Unicode.Scalar) throws(SlowError) {
    if try !take(wanted) {
      throw SlowError(what: "\"\(UnicodeScalar(bytes[place]))\" where \"\(wanted)\" should be", byte: place)
    }
  }

  private mutating func hasMore(_ end: Unicode.Scalar) throws(SlowError) -> Bool {
    if try take(",") { return true }
    if try take(end) { return false }
    throw SlowError(what: "\"\(UnicodeScalar(bytes[place]))\" where \",\" or \"\(end)\" should be", byte: place)
  }

  /// nil where an escape is none: such a key has no name.
  private mutating func key() throws(SlowError) -> [UInt8]? {
    let token = try string()
    try expect(":")
    let text = Array(bytes[token.start..<token.start + token.count])
    return token.kind == .text ? text : Self.unescaped(text)
  }

  private mutating func string() throws(SlowError) -> SlowToken {
    try expect("\"")
    let start = place
    var kind = SlowToken.Kind.text
    while place < bytes.count {
      switch bytes[place] {
      case UInt8(ascii: "\""):
        place += 1
        return SlowToken(kind: kind, start: start, count: place - 1 - start)
      case UInt8(ascii: "\\"):
        kind = .escaped
        place += 2
      default: place += 1
      }
    }
    throw SlowError(what: "it ends inside a string", byte: start)
  }

  private mutating func value(depth: Int) throws(SlowError) -> SlowToken {
    let first = try peek()
    let start = place
    switch first {
    case UInt8(ascii: "\""): return try string()
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      while place < bytes.count, "0123456789.eE+-".utf8.contains(bytes[place]) { place += 1 }
      return SlowToken(kind: .number, start: start, count: place - start)
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "t"): return try word("true", .boolean)
    case UInt8(ascii: "f"): return try word("false", .boolean)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      guard depth < 64 else { throw SlowError(what: "it nests deeper than 64 levels", byte: place) }
      place += 1
      let isObject = first == UInt8(ascii: "{")
      if try !take(isObject ? "}" : "]") {
        repeat {
          if isObject { _ = try key() }
          _ = try value(depth: depth + 1)
        } while try hasMore(isObject ? "}" : "]")
      }
      return SlowToken(kind: .composite, start: start, count: place - start)
    default: throw SlowError(what: "\"\(UnicodeScalar(first))\" where a value should be", byte: place)
    }
  }

  private mutating func word(_ text: String, _ kind: SlowToken.Kind) throws(SlowError) -> SlowToken {
    let start = place
    guard bytes[place...].starts(with: text.utf8) else {
      throw SlowError(what: "a word where a value should be", byte: start)
    }
    place += text.utf8.count
    return SlowToken(kind: kind, start: start, count: text.utf8.count)
  }

  private static func unescaped(_ text: [UInt8]) -> [UInt8]? {
    var units: [UInt8] = []
    var rest = text[...]
    func code(_ digits: ArraySlice<UInt8>) -> UInt32? {
      guard digits.count == 4, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else { return nil }
      return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        units.append(byte)
        continue
      }
      guard let letter = rest.popFirst() else { return nil }
      switch Character(UnicodeScalar(letter)) {
      case "\"", "\\", "/": units.append(letter)
      case "b": units.append(0x08)
      case "f": units.append(0x0C)
      case "n": units.append(0x0A)
      case "r": units.append(0x0D)
      case "t": units.append(0x09)
      case "u":
        guard var scalar = code(rest.prefix(4)) else { return nil }
        rest = rest.dropFirst(4)
        if (0xD800..<0xDC00).contains(scalar), rest.starts(with: "\\u".utf8),
          let low = code(rest.dropFirst(2).prefix(4)), (0xDC00..<0xE000).contains(low)
        {
          scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
          rest = rest.dropFirst(6)
        }
        guard let scalar = UnicodeScalar(scalar) else { return nil }
        units += Array(String(Character(scalar)).utf8)
      default: return nil
      }
    }
    return units
  }
}
