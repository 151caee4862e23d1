/// Where one value stands in the reply. Nothing is converted until a rule wants it.
struct Token {
  enum Kind: UInt8 {
    /// The record has no such field.
    case absent
    case null
    case boolean
    case number
    /// A string without escapes, or a CSV cell; the range is what is between the quotes.
    case text
    /// A JSON string with escapes, or a CSV cell with doubled quotes; the range is what is between the quotes.
    case escaped
    /// An object or an array.
    case composite
  }

  var kind = Kind.absent
  var start = 0
  var count = 0

  static let absent = Token()
}

/// Takes records one by one as the scanner finds them.
protocol RecordSink {
  /// - Parameter records: about how many there will be.
  mutating func expect(records: Int)

  /// - Parameters:
  ///   - slots: the record's values in the order of the plan's fields.
  ///   - index: the record's number in the reply, from 0.
  ///   - record: where it stands in `bytes`.
  mutating func take(_ slots: Span<Token>, of bytes: Span<UInt8>, index: Int, record: Range<Int>)

  /// Takes CSV's lines, many in one step.
  ///
  /// - Parameters:
  ///   - slots: room for one record, of no value.
  ///   - firstIndex: the number of the first.
  mutating func take(_ lines: CSVLines, of bytes: Span<UInt8>, slots: inout [Token], firstIndex: Int)
}

extension RecordSink {
  mutating func expect(records: Int) {}

  mutating func take(_ lines: CSVLines, of bytes: Span<UInt8>, slots: inout [Token], firstIndex: Int) {
    for line in 0..<lines.count {
      lines.copy(line: line, into: &slots)
      take(slots.span, of: bytes, index: firstIndex &+ line, record: lines.range(line: line))
    }
  }
}

extension Span<UInt8> {
  /// About how many records there are, going by the length of the first; no more than one for every 16 bytes.
  ///
  /// - Parameter records: how many `first` is of.
  func countOfRecords(first: Range<Int>, _ records: Int = 1) -> Int {
    let all = count - first.lowerBound
    // Room for a few more where the length is a mean: to grow costs more.
    return Swift.min(all * records / Swift.max(first.count, 1) + (records > 1 ? all / 1_024 : 0), count / 16) + 1
  }

  /// Whether the bytes there are those of `text`.
  func has(_ text: [UInt8], at start: Int, count: Int) -> Bool {
    guard count == text.count else { return false }
    for index in 0..<count where self[start + index] != text[index] { return false }
    return true
  }

  /// The range without blanks at both ends: the Portal pads its ids to eight characters.
  @inline(__always)
  func trimmed(_ token: Token) -> (start: Int, count: Int) {
    guard token.count > 0, self[token.start] <= 0x20 || self[token.start &+ token.count &- 1] <= 0x20 else {
      return (token.start, token.count)
    }
    return withoutBlanks(token)
  }

  private func withoutBlanks(_ token: Token) -> (start: Int, count: Int) {
    var (start, end) = (token.start, token.start + token.count)
    while start < end, self[start] == 0x20 || self[start] == 0x09 { start += 1 }
    while end > start, self[end - 1] == 0x20 || self[end - 1] == 0x09 { end -= 1 }
    return (start, end - start)
  }

  func bytes(from start: Int, count: Int) -> [UInt8] {
    var copy: [UInt8] = []
    copy.reserveCapacity(count)
    for index in start..<(start + count) { copy.append(self[index]) }
    return copy
  }
}
