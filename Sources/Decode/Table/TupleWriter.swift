import Market

/// Writes lines as rows in the binary form of PostgreSQL's COPY; a line with a cell that cannot be one is refused.
///
/// Source of the form: PostgreSQL's documentation, COPY, "Binary Format"; of each value its type's `…_recv` function.
struct TupleWriter: LineSink {
  private var columns: [TableForm.Column] = []
  private var isCSV = true
  /// Whether each row has one more field, its id.
  private(set) var generatesIDs = false
  private var ids = RowIDs()
  /// Of the column named `time`; -1 where there is none.
  private var timeSlot = -1
  /// The most bytes of a row's fields but those of text.
  private var rowSize = 0
  /// Where each column of lines that are alike is.
  private var cells: [CSVLines.Column] = []

  private var buffer: [UInt8] = []
  private var used = 0
  private(set) var lines: [Int] = []
  private var earliest = Int64.max
  private var latest = Int64.min
  var refused: [RefusedLine] = []

  mutating func begin(_ columns: [TableForm.Column], isCSV: Bool, generatesIDs: Bool) {
    self.columns = columns
    self.isCSV = isCSV
    self.generatesIDs = generatesIDs
    timeSlot = columns.firstIndex { $0.name == "time" } ?? -1
    // A version byte may precede a text.
    rowSize = columns.reduce(2 + 20) { $0 + 4 + ($1.kind.size ?? 1) }
  }

  mutating func takeTuples() -> Tuples {
    buffer.removeSubrange(used...)
    let window = earliest <= latest
      ? Window(from: Instant(microseconds: earliest), to: Instant(microseconds: latest)) : nil
    let tuples = Tuples(bytes: buffer, lines: lines, window: window)
    // As large as these were, and not grown step by step.
    buffer = Array(repeating: 0, count: used)
    (used, lines, earliest, latest) = (0, [], .max, .min)
    return tuples
  }

  mutating func refuse(line: Int, value: String, _ reason: String) {
    refused.append(RefusedLine(line: line, column: "", value: value, reason: reason))
  }

  // MARK: - Lines

  mutating func take(_ slots: Span<Token>, of bytes: Span<UInt8>, index: Int, record: Range<Int>) {
    makeRoom(rowSize + record.count)
    write(of: bytes, line: index) { slots[$0] }
  }

  mutating func take(_ lines: CSVLines, of bytes: Span<UInt8>, slots: inout [Token], firstIndex: Int) {
    makeRoom(lines.count * rowSize + lines.end - lines.range(line: 0).lowerBound)
    cells.removeAll(keepingCapacity: true)
    for slot in columns.indices {
      guard let column = lines.column(slot) else { preconditionFailure("a column without its cells") }
      cells.append(column)
    }
    let (cells, ends) = (self.cells, lines.ends.span)
    for line in 0..<lines.count {
      write(of: bytes, line: firstIndex &+ line) { cells[$0].token(ends, line: line) }
    }
  }

  private mutating func makeRoom(_ count: Int) {
    let wanted = used + count
    guard wanted > buffer.count else { return }
    buffer.append(contentsOf: repeatElement(0, count: max(wanted, 2 * buffer.count) - buffer.count))
  }

  /// - Parameter cell: the token of a slot.
  @inline(__always)
  private mutating func write(of bytes: Span<UInt8>, line: Int, _ cell: (Int) -> Token) {
    var out = TupleFields(at: used)
    out.begin(fields: columns.count + (generatesIDs ? 1 : 0), in: &buffer)
    for slot in columns.indices {
      let token = cell(slot)
      if let reason = out.write(token, columns[slot], of: bytes, isCSV: isCSV, in: &buffer) {
        refused.append(
          RefusedLine(line: line, column: columns[slot].name, value: excerpt(of: bytes, token), reason: reason))
        return
      }
      if slot == timeSlot {
        earliest = min(earliest, out.instant)
        latest = max(latest, out.instant)
      }
    }
    if generatesIDs { out.write(ids.next(at: out.instant), in: &buffer) }
    used = out.place
    lines.append(line)
  }
}
