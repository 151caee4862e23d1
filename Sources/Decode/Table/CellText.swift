import Market

extension Span<UInt8> {
  /// A cell's or a JSON string's text, doubled quotes or escapes resolved; nil where an escape is none.
  func text(_ token: Token, isCSV: Bool) -> [UInt8]? {
    guard token.kind == .escaped else { return bytes(from: token.start, count: token.count) }
    guard isCSV else { return unescapedJSON(token, in: self) }
    var text: [UInt8] = []
    var place = token.start
    while place < token.start + token.count {
      text.append(self[place])
      place += self[place] == UInt8(ascii: "\"") ? 2 : 1
    }
    return text
  }

  /// A cell's or a member's JSON; nil where it is none.
  func json(_ token: Token, isCSV: Bool) -> [UInt8]? {
    if isCSV {
      guard let cell = text(token, isCSV: true), cell.isJSON else { return nil }
      return cell
    }
    // A string's token lacks its quotes.
    let quotes = token.kind == .text || token.kind == .escaped ? 1 : 0
    return bytes(from: token.start - quotes, count: token.count + 2 * quotes)
  }
}

extension [UInt8] {
  fileprivate var isJSON: Bool {
    var scanner = JSONScanner()
    do throws(Malformed) {
      _ = try scanner.value(span)
      try scanner.expectEnd(span)
      return true
    } catch { return false }
  }
}
