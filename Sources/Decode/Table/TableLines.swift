import Market

/// Finds the lines of a table in a file of any size, which comes in blocks: CSV with a header, or an object a line.
///
/// A line that is broken is refused and those after it are read: nothing that one line holds, an open quote included,
/// takes more than that line away.
struct TableLines {
  enum Format { case csv, jsonl }

  /// No line of a table that we know has a hundredth of it.
  static let longestLine = 1 << 20

  let form: TableForm
  /// Known with the first byte.
  private(set) var format: Format?
  /// The columns of the form that the file has, a slot each; of objects, which may differ, all of them.
  private(set) var columns: [TableForm.Column] = []
  /// Of CSV: -1 for a column that nobody wants.
  private(set) var slotOfColumn: [Int] = []
  /// Lines that ended before the block.
  var line = 0
  /// The rest of a line that was too long is still to come.
  var isSkipping = false
  /// Of objects: the keys of the one before, with their slots.
  var keys: [(name: [UInt8], slot: Int)] = []
  private(set) var names: [[UInt8]] = []

  init(_ form: TableForm) { self.form = form }

  /// Finds out the format and the columns.
  ///
  /// - Parameter block: the file from its first byte on.
  /// - Returns: where its first line of values begins; nil where more of the file must be seen.
  mutating func begin(_ block: Span<UInt8>, isLast: Bool) throws(TableError) -> Int? {
    let hasMark = block.count >= 3 && block[0] == 0xEF && block[1] == 0xBB && block[2] == 0xBF
    var start = hasMark ? 3 : 0
    line = 0
    while start < block.count, block[start] <= 0x20 {
      if block[start] == UInt8(ascii: "\n") { line += 1 }
      start += 1
    }
    guard start < block.count else {
      if isLast { throw .empty }
      return nil
    }
    switch block[start] {
    case UInt8(ascii: "{"):
      format = .jsonl
      columns = form.columns
      names = columns.map { Array($0.name.utf8) }
      return start
    case UInt8(ascii: "["):
      throw .otherForm("it is one JSON document: write it as an object a line (jsonl), or as csv")
    case 0xFE, 0xFF: throw .otherForm("it is UTF-16 or no text at all: write it in UTF-8")
    default: return try readHeader(block, from: start, isLast: isLast)
    }
  }

  /// Reads as many lines as the block has in full; the last block's last line may lack its line break.
  ///
  /// - Parameters:
  ///   - block: begins where the one before was read to.
  ///   - start: where its first line begins.
  /// - Returns: how many bytes of it were read.
  mutating func read<Sink: LineSink>(
    _ block: Span<UInt8>, from start: Int, isLast: Bool, into sink: inout Sink
  ) -> Int {
    var start = start
    if isSkipping {
      guard let end = block.lineFeed(from: start) else { return block.count }
      line += 1
      start = end + 1
      isSkipping = false
    }
    return format == .jsonl
      ? readObjects(block, from: start, isLast: isLast, into: &sink)
      : readCSV(block, from: start, isLast: isLast, into: &sink)
  }

  private mutating func readHeader(
    _ block: Span<UInt8>, from start: Int, isLast: Bool
  ) throws(TableError) -> Int? {
    guard block.lineFeed(from: start) != nil || isLast else {
      if block.count > Self.longestLine { throw .endlessHeader }
      return nil
    }
    var scanner = CSVScanner(at: start)
    var found: [String] = []
    var isLastCell = false
    while !isLastCell {
      do throws(Malformed) {
        let cell = try scanner.cell(block)
        let (start, count) = block.trimmed(cell.token)
        found.append(String(decoding: block.bytes(from: start, count: count), as: UTF8.self))
        isLastCell = cell.endsLine
      } catch { throw .otherForm("its first line is broken: \(error.what)") }
    }
    line += scanner.line
    try match(found)
    format = .csv
    return min(scanner.place, block.count)
  }

  private mutating func match(_ found: [String]) throws(TableError) {
    let known = form.columns.map(\.name)
    // Shown to a person, and a file of another kind may begin with anything.
    let shown = found.prefix(40).map { String($0.prefix(60)) }
    let missing = form.columns.filter { $0.isRequired && !found.contains($0.name) }.map(\.name)
    guard missing.isEmpty else { throw .missingColumns(missing, found: shown, known: known, of: form.name) }
    let unknown = found.filter { !known.contains($0) }
    guard form.allowsOthers || unknown.isEmpty else {
      throw .unknownColumns(unknown.prefix(40).map { String($0.prefix(60)) }, known: known, of: form.name)
    }
    for name in found {
      guard let column = form.columns.first(where: { $0.name == name }) else {
        slotOfColumn.append(-1)
        continue
      }
      guard !columns.contains(column) else { throw .repeatedColumn(name) }
      slotOfColumn.append(columns.count)
      columns.append(column)
    }
  }
}

extension Span<UInt8> {
  /// The next line feed.
  func lineFeed(from start: Int) -> Int? {
    var place = start
    while place <= count &- 8 {
      let found = (word(at: place) ^ UInt64(eight: UInt8(ascii: "\n"))).firstZeroByte
      if found != 0 { return place &+ found.firstByte }
      place &+= 8
    }
    while place < count {
      if self[place] == UInt8(ascii: "\n") { return place }
      place &+= 1
    }
    return nil
  }
}
