import Market

extension WeightedMean {
  /// Reads numbers, weights and names of CSV's lines column by column.
  ///
  /// - Parameter times: one for each line.
  /// - Returns: a bit for each line that is to be read on its own.
  mutating func read(_ lines: CSVLines, of bytes: Span<UInt8>, times: [Observation], firstIndex: Int) -> UInt64 {
    guard let over = lines.column(rule.over), let weight = lines.column(rule.weight) else { return ~0 }
    if together.isEmpty {
      let none = Entry(time: 0, weight: 0, provider: 0, ordinal: 0, index: 0)
      together = Array(repeating: none, count: CSVLines.most)
      numbersTogether = Array(repeating: 0, count: CSVLines.most * numbered.count)
    }
    let ends = lines.ends.span
    var single: UInt64 = 0
    for line in 0..<lines.count {
      let volume = Self.number(weight.token(ends, line: line), of: bytes)
      // Not so for what is no number.
      if !(volume >= 0) { single |= 1 &<< UInt64(line) }
      together[line] = Entry(
        time: times[line].time.microseconds, weight: volume, provider: provider(over.token(ends, line: line), bytes),
        ordinal: 0, index: Int32(truncatingIfNeeded: firstIndex &+ line))
    }
    for place in 0..<numbered.count {
      guard let column = lines.column(numbered[place].slot) else { return ~0 }
      for line in 0..<lines.count {
        let number = Self.number(column.token(ends, line: line), of: bytes)
        if number.isNaN { single |= 1 &<< UInt64(line) }
        numbersTogether[line &* numbered.count &+ place] = number
      }
    }
    return single
  }

  /// NaN for what is no number.
  @inline(__always)
  private static func number(_ token: Token, of bytes: Span<UInt8>) -> Double {
    ShortNumber.double(bytes, at: token.start, count: token.count) ?? longNumber(token, of: bytes)
  }

  @inline(never)
  private static func longNumber(_ token: Token, of bytes: Span<UInt8>) -> Double {
    let (start, count) = bytes.trimmed(token)
    return NumberScanner.double(bytes, at: start, count: count) ?? .nan
  }
}
