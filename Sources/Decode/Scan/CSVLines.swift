import CBytes
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
  /// How many of those ahead are line feeds.
  private var lineEnds = 0
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
    passEnd(bytes)
    return ends[next &- 1]
  }

  /// Passes what was inside quotes, up to `place`.
  mutating func skip(_ bytes: Span<UInt8>, to place: Int) {
    while next < known, ends[next] < place { passEnd(bytes) }
    unseen = max(unseen, place)
  }

  @inline(__always)
  private mutating func passEnd(_ bytes: Span<UInt8>) {
    if bytes[ends[next]] == UInt8(ascii: "\n") { lineEnds &-= 1 }
    next &+= 1
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
    // As many line feeds as there are lines of so many cells: where each of these ends with one, none is inside.
    let whole = (known &- next) / columns
    if lineEnds == whole {
      var (other, returns): (UInt8, Int) = (0, 0)
      var last = next &+ columns &- 1
      for _ in 0..<whole {
        other |= bytes[ends[last]] ^ UInt8(ascii: "\n")
        returns &+= bytes[ends[last] &- 1] == UInt8(ascii: "\r") ? 1 : 0
        last &+= columns
      }
      if other == 0, returns == 0 || returns == whole { return (min(whole, Self.most), min(returns, 1)) }
    }
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
    lineEnds &-= count
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
    var (kept, place, quotes, lineEnds) = (known &- next, unseen, quotes, lineEnds)
    for index in 0..<kept { ends[index &+ 1] = ends[next &+ index] }
    var ends = ends.mutableSpan
    while kept < wanted, place < bytes.count {
      let block = bytes.cellEnds(from: place)
      if block.hasQuote { quotes = place &+ 64 }
      var found = block.all
      let count = found.nonzeroBitCount
      lineEnds &+= block.lines.nonzeroBitCount
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
    (next, known, unseen) = (1, kept &+ 1, place)
    (self.quotes, self.lineEnds) = (quotes, lineEnds)
  }
}

extension Span<UInt8> {
  /// A bit for each of the 64 bytes from `place` on that ends a cell.
  @inline(__always)
  fileprivate func cellEnds(from place: Int) -> CellEnds {
    guard place <= count &- 64 else { return lastCellEnds(from: place) }
    var (commas, lines, quotes): (UInt64, UInt64, UInt32) = (0, 0, 0)
    for index in 0..<4 {
      let (low, high) = (word(at: place &+ 16 &* index), word(at: place &+ 16 &* index &+ 8))
      let shift = UInt64(truncatingIfNeeded: 16 &* index)
      commas |= UInt64(equal_bytes(low, high, UInt8(ascii: ","))) &<< shift
      lines |= UInt64(equal_bytes(low, high, UInt8(ascii: "\n"))) &<< shift
      quotes |= equal_bytes(low, high, UInt8(ascii: "\""))
    }
    return CellEnds(all: commas | lines, lines: lines, hasQuote: quotes != 0)
  }

  /// The same where there are less than 64.
  private func lastCellEnds(from place: Int) -> CellEnds {
    var found = CellEnds(all: 0, lines: 0, hasQuote: false)
    for index in place..<count {
      let bit: UInt64 = 1 &<< UInt64(index &- place)
      if self[index] == UInt8(ascii: "\n") { found.lines |= bit }
      if self[index] == UInt8(ascii: ",") { found.all |= bit }
      if self[index] == UInt8(ascii: "\"") { found.hasQuote = true }
    }
    found.all |= found.lines
    return found
  }
}

/// What 64 bytes hold, a bit a byte.
private struct CellEnds {
  /// Commas and line feeds.
  var all: UInt64
  /// Line feeds.
  var lines: UInt64
  /// Whether one of the bytes is a quote.
  var hasQuote: Bool
}
