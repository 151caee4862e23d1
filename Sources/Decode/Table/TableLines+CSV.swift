extension TableLines {
  mutating func readCSV<Sink: LineSink>(
    _ block: Span<UInt8>, from start: Int, isLast: Bool, into sink: inout Sink
  ) -> Int {
    var scanner = newScanner(at: start)
    var slots = Array(repeating: Token.absent, count: columns.count)
    while scanner.place < block.count {
      let start = scanner.place
      let number = line + scanner.line + 1
      if scanner.findLines(block) {
        sink.take(scanner.lines, of: block, slots: &slots, firstIndex: number)
        scanner.passLines()
        continue
      }
      let found: FoundLine
      do throws(Malformed) { found = try readLine(block, &scanner, isLast: isLast, into: &slots) } catch {
        // An open quote may close in the next block; where it takes too long, or never does, its line alone is lost.
        let mayGoOn = !isLast && error.byte == .max && block.count - start <= Self.longestLine
        if mayGoOn { found = .unfinished } else { found = .broken(error.what) }
      }
      switch found {
      case .record:
        sink.take(slots.span, of: block, index: number, record: start..<min(scanner.place, block.count))
      case .blank: break
      case .cells(let count):
        sink.refuse(
          line: number, value: keptStart(of: block, from: start),
          "has \(count) cells, and the header \(slotOfColumn.count)")
      case .unfinished:
        line = number - 1
        guard block.count - start > Self.longestLine else { return start }
        sink.refuse(line: number, value: keptStart(of: block, from: start), "is longer than a line can be")
        isSkipping = true
        return block.count
      case .broken(let what):
        sink.refuse(line: number, value: keptStart(of: block, from: start), "is broken: \(what)")
        guard let end = block.lineFeed(from: start) else {
          line = number - 1
          isSkipping = !isLast
          return block.count
        }
        line = number
        scanner = newScanner(at: end + 1)
      }
    }
    line += scanner.line
    return block.count
  }

  private enum FoundLine {
    case record
    case blank
    /// Another number than the header has.
    case cells(Int)
    /// The block ends before it does.
    case unfinished
    case broken(String)
  }

  private func newScanner(at place: Int) -> CSVScanner {
    var scanner = CSVScanner(at: place)
    scanner.setColumns(slotOfColumn, slots: columns.count)
    return scanner
  }

  /// - Throws: ``Malformed``, at no byte in particular where the block ends inside a quoted cell.
  private func readLine(
    _ block: Span<UInt8>, _ scanner: inout CSVScanner, isLast: Bool, into slots: inout [Token]
  ) throws(Malformed) -> FoundLine {
    var count = 0
    var first = Token.absent
    while true {
      let token: Token
      let endsLine: Bool
      do throws(Malformed) { (token, endsLine) = try scanner.cell(block) } catch {
        throw scanner.place >= block.count ? Malformed(error.what, at: .max) : error
      }
      if count == 0 { first = token }
      if count < slotOfColumn.count, slotOfColumn[count] >= 0 { slots[slotOfColumn[count]] = token }
      count += 1
      guard endsLine else { continue }
      guard isLast || scanner.place <= block.count && block[scanner.place - 1] == UInt8(ascii: "\n") else {
        return .unfinished
      }
      if count == 1, first.count == 0, slotOfColumn.count > 1 { return .blank }
      return count == slotOfColumn.count ? .record : .cells(count)
    }
  }

  private func keptStart(of block: Span<UInt8>, from start: Int) -> String {
    var end = block.lineFeed(from: start) ?? block.count
    if end > start, block[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return excerpt(of: block, Token(kind: .text, start: start, count: end - start))
  }
}
