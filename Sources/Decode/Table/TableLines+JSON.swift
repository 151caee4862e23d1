extension TableLines {
  mutating func readObjects<Sink: LineSink>(
    _ block: Span<UInt8>, from start: Int, isLast: Bool, into sink: inout Sink
  ) -> Int {
    var slots = Array(repeating: Token.absent, count: columns.count)
    var start = start
    while start < block.count {
      let end: Int
      if let feed = block.lineFeed(from: start) {
        end = feed
      } else if isLast {
        end = block.count
      } else if block.count - start > Self.longestLine {
        sink.refuse(line: line + 1, value: excerpt(of: block, Token(kind: .text, start: start, count: 100)),
          "is longer than a line can be")
        isSkipping = true
        return block.count
      } else {
        return start
      }
      line += 1
      let text = block.extracting(start..<end)
      do throws(Malformed) {
        if try readObject(text, into: &slots) { sink.take(slots.span, of: text, index: line, record: 0..<text.count) }
      } catch {
        sink.refuse(
          line: line, value: excerpt(of: text, Token(kind: .text, start: 0, count: text.count)),
          "is no JSON object: \(error.what)")
      }
      start = end + 1
    }
    return block.count
  }

  /// - Returns: false for a blank line.
  private mutating func readObject(_ text: Span<UInt8>, into slots: inout [Token]) throws(Malformed) -> Bool {
    var scanner = JSONScanner()
    for index in slots.indices { slots[index] = .absent }
    guard text.trimmed(Token(kind: .text, start: 0, count: text.count)).count > 0 else { return false }
    if text.count == 1, text[0] == UInt8(ascii: "\r") { return false }
    try scanner.expect(UInt8(ascii: "{"), text)
    if try !scanner.take(UInt8(ascii: "}"), text) {
      var position = 0
      repeat {
        let slot = try slot(of: try scanner.key(text), position: position, in: text)
        let value = try scanner.value(text)
        if slot >= 0 { slots[slot] = value }
        position += 1
      } while try scanner.hasMore(UInt8(ascii: "}"), text)
    }
    try scanner.expectEnd(text)
    return true
  }

  /// The slot of the object's `position`th key: one comparison where the object before had the same key there.
  private mutating func slot(of key: Token, position: Int, in text: Span<UInt8>) throws(Malformed) -> Int {
    if position < keys.count, text.has(keys[position].name, at: key.start, count: key.count) {
      return keys[position].slot
    }
    let name = key.kind == .escaped
      ? unescapedJSON(key, in: text) ?? [] : text.bytes(from: key.start, count: key.count)
    let slot = names.firstIndex(of: name) ?? -1
    guard slot >= 0 || form.allowsOthers else {
      let known = form.columns.map(\.name).joined(separator: ", ")
      throw Malformed("there is no column \(excerpt(of: text, key)); known are \(known)", at: key.start)
    }
    if position < keys.count { keys[position] = (name, slot) } else { keys.append((name, slot)) }
    return slot
  }
}
