import Market

/// Where the cells of the lines ahead end, and which of these lines are alike.
///
/// Nearly all lines of a reply have the same number of cells, none of them in quotes. Then where cells end is a table,
/// a row a line, and its columns are read one after another: each number with the same few instructions, and nothing
/// in between that the processor could guess wrong. Source of the form: RFC 4180.
struct CSVLines {
  /// How many lines are looked at together: a bit for each fits a word.
  static let most = 64

  /// The column that each slot is found in; -1 where the reply has none.
  private var columnOfSlot: [Int] = []
  private var columns = 0
  /// Alike, from the scanner's place on.
  private(set) var count = 0
  /// What a line feed has before it: a carriage return, 1, or nothing.
  private var returns = 0
  /// Of the commas and line feeds, those in quotes too: from `next` to `known` are ahead. The one before `next` may be
  /// overwritten, there is always one.
  private(set) var ends: [Int] = Array(repeating: 0, count: 2 * most + 1)
  private var next = 1
  private var known = 1
  /// The first byte that was not looked at.
  private var unseen: Int
  /// Before this byte there may be quotes.
  private var quotes = 0

  init(at place: Int) { unseen = place }

  /// - Parameter slotOfColumn: -1 for a column that nobody wants.
  mutating func setColumns(_ slotOfColumn: [Int], slots: Int) {
    columns = slotOfColumn.count
    columnOfSlot = (0..<slots).map { slot in slotOfColumn.lastIndex(of: slot) ?? -1 }
    var room = Array(repeating: 0, count: Self.most * (columns + 2) + 1)
    for index in 0..<known { room[index] = ends[index] }
    ends = room
  }

  /// The next comma or line feed; the end of the bytes where there is none.
  @inline(__always)
  mutating func nextEnd(_ bytes: Span<UInt8>) -> Int {
    if next == known { look(bytes, for: 1) }
    guard next < known else { return bytes.count }
    next &+= 1
    return ends[next &- 1]
  }

  /// Passes what was inside quotes, up to `place`.
  mutating func skip(to place: Int) {
    while next < known, ends[next] < place { next &+= 1 }
    unseen = max(unseen, place)
  }

  /// Finds out how many of the next lines are alike.
  mutating func find(_ bytes: Span<UInt8>, at place: Int) {
    count = 0
    guard columns > 1 else { return }
    // Not for each line again, where lines are read one by one.
    if known &- next < Self.most / 2 &* columns { look(bytes, for: Self.most &* columns) }
    guard quotes <= place else { return }
    ends[next &- 1] = place &- 1
    (count, returns) = alike(bytes)
  }

  private func alike(_ bytes: Span<UInt8>) -> (count: Int, returns: Int) {
    let ends = ends.span
    var (count, returns) = (0, 0)
    var first = next
    while count < Self.most, first &+ columns <= known {
      let last = first &+ columns &- 1
      var other: UInt8 = 0
      for index in first..<last { other |= bytes[ends[index]] ^ UInt8(ascii: ",") }
      guard other | (bytes[ends[last]] ^ UInt8(ascii: "\n")) == 0 else { break }
      let before = bytes[ends[last] &- 1] == UInt8(ascii: "\r") ? 1 : 0
      if count == 0 { returns = before }
      guard before == returns else { break }
      count &+= 1
      first &+= columns
    }
    return (count, returns)
  }

  /// The first byte after the lines that are alike.
  var end: Int { ends[next &+ count &* columns &- 1] &+ 1 }

  /// Passes the lines that are alike.
  mutating func pass() {
    next &+= count &* columns
    count = 0
  }

  /// A column of the lines that are alike.
  struct Column {
    /// The index of its first end, and from one line to the next.
    fileprivate let first, step: Int
    fileprivate let returns: Int

    /// Where its cell in `line` is; `ends` are those of the lines.
    @inline(__always)
    func token(_ ends: Span<Int>, line: Int) -> Token {
      let index = first &+ line &* step
      let start = ends[index &- 1] &+ 1
      return Token(kind: .text, start: start, count: ends[index] &- start &- returns)
    }
  }

  /// - Returns: nil where the reply has no such column.
  func column(_ slot: Int) -> Column? {
    let column = columnOfSlot[slot]
    guard column >= 0 else { return nil }
    return Column(first: next &+ column, step: columns, returns: column &+ 1 == columns ? returns : 0)
  }

  /// All of one line.
  func copy(line: Int, into slots: inout [Token]) {
    for slot in slots.indices { slots[slot] = column(slot)?.token(ends.span, line: line) ?? .absent }
  }

  /// Where one line stands in the reply, what ends it included.
  func range(line: Int) -> Range<Int> {
    let first = next &+ line &* columns
    return (ends[first &- 1] &+ 1)..<(ends[first &+ columns &- 1] &+ 1)
  }

  // MARK: - Looking ahead

  /// Looks as far ahead as there are `wanted` ends, or to the last byte.
  private mutating func look(_ bytes: Span<UInt8>, for wanted: Int) {
    guard known &- next < wanted, unseen < bytes.count else { return }
    var (kept, place, quotes) = (known &- next, unseen, quotes)
    for index in 0..<kept { ends[index &+ 1] = ends[next &+ index] }
    var ends = ends.mutableSpan
    while kept < wanted, place < bytes.count {
      var (found, hasQuote) = bytes.cellEnds(from: place)
      if hasQuote { quotes = place &+ 64 }
      let count = found.nonzeroBitCount
      // How many there are is chance: as many as most blocks have are written without asking.
      var room = ends._mutatingExtracting((kept &+ 1)..<(kept &+ 13))
      for index in 0..<12 {
        room[index] = place &+ found.trailingZeroBitCount
        found &= found &- 1
      }
      var index = 12
      while index < count {
        ends[kept &+ index &+ 1] = place &+ found.trailingZeroBitCount
        found &= found &- 1
        index &+= 1
      }
      kept &+= count
      place &+= 64
    }
    (next, known, unseen, self.quotes) = (1, kept &+ 1, place, quotes)
  }
}

extension Span<UInt8> {
  /// A bit for each of the 64 bytes from `place` on that is a comma or a line feed; and whether one may be a quote.
  @inline(__always)
  fileprivate func cellEnds(from place: Int) -> (found: UInt64, hasQuote: Bool) {
    guard place <= count &- 64 else { return lastCellEnds(from: place) }
    var found = SIMD2<UInt64>()
    var unquoted = SIMD2<UInt64>(repeating: ~0)
    let low = SIMD2(repeating: UInt64(eight: 0x7F))
    for index in 0..<4 {
      let words = twoWords(at: place &+ 16 &* index)
      // The highest bit of each byte stays 0 where its other bits are those of the character.
      let text = words & low
      let others =
        ((text ^ SIMD2(repeating: UInt64(eight: UInt8(ascii: ",")))) &+ low)
        & ((text ^ SIMD2(repeating: UInt64(eight: UInt8(ascii: "\n")))) &+ low) | words
      unquoted &= (text ^ SIMD2(repeating: UInt64(eight: UInt8(ascii: "\"")))) &+ low
      // The highest bits of the first two words become the lowest of their bytes, those of the next two the third.
      found |= (~others & SIMD2(repeating: UInt64(eight: 0x80))) &>> SIMD2(repeating: UInt64(7 &- 2 &* index))
    }
    let highest = unquoted[0] & unquoted[1] & UInt64(eight: 0x80)
    return ((found[0] | found[1] &<< 1).transposed, highest != UInt64(eight: 0x80))
  }

  /// The same where there are less than 64.
  private func lastCellEnds(from place: Int) -> (found: UInt64, hasQuote: Bool) {
    var found: UInt64 = 0
    var hasQuote = false
    for index in place..<count {
      let isEnd = self[index] == UInt8(ascii: ",") || self[index] == UInt8(ascii: "\n")
      found |= (isEnd ? 1 : 0) &<< UInt64(index &- place)
      if self[index] == UInt8(ascii: "\"") { hasQuote = true }
    }
    return (found, hasQuote)
  }
}

extension UInt64 {
  /// As a square of bits, its bytes the rows: rows and columns exchanged.
  @inline(__always)
  fileprivate var transposed: UInt64 {
    var square = self
    square.exchange(0x00AA_00AA_00AA_00AA, 7)
    square.exchange(0x0000_CCCC_0000_CCCC, 14)
    square.exchange(0x0000_0000_F0F0_F0F0, 28)
    return square
  }

  /// The bits of `mask` and those `distance` above them. Source: Warren, Hacker's Delight, 7-3.
  @inline(__always)
  private mutating func exchange(_ mask: UInt64, _ distance: UInt64) {
    let other = (self ^ (self &>> distance)) & mask
    self ^= other ^ (other &<< distance)
  }
}
