import Market

/// Walks CSV text, cell by cell or many lines in one step. Source: RFC 4180.
struct CSVScanner {
  private(set) var place: Int
  /// Lines ended, empty ones and those inside quotes included: what an editor counts.
  private(set) var line = 0
  /// What is ahead.
  private(set) var lines: CSVLines

  init(at place: Int) {
    self.place = place
    lines = CSVLines(at: place)
  }

  mutating func setColumns(_ slotOfColumn: [Int], slots: Int) { lines.setColumns(slotOfColumn, slots: slots) }

  /// Finds the lines ahead that are alike: ``lines``.
  ///
  /// - Returns: whether there are any.
  mutating func findLines(_ bytes: Span<UInt8>) -> Bool {
    lines.find(bytes, at: place)
    return lines.count > 0
  }

  /// The first byte after them.
  var endOfLines: Int { lines.end }

  /// Goes on behind them.
  mutating func passLines() {
    line &+= lines.count
    place = lines.end
    lines.pass()
  }

  /// The next cell, without its quotes; the end of a line, or of the reply, ends one too.
  mutating func cell(_ bytes: Span<UInt8>) throws(Malformed) -> (token: Token, endsLine: Bool) {
    let start = place
    if start < bytes.count, bytes[start] == UInt8(ascii: "\"") {
      let cell = try quotedCell(bytes)
      lines.skip(bytes, to: place)
      return cell
    }
    let end = lines.nextEnd(bytes)
    place = end &+ 1
    if end < bytes.count, bytes[end] == UInt8(ascii: ",") {
      return (Token(kind: .text, start: start, count: end &- start), false)
    }
    line &+= 1
    let count = end > start && bytes[end &- 1] == UInt8(ascii: "\r") ? end &- 1 &- start : end &- start
    return (Token(kind: .text, start: start, count: count), true)
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
