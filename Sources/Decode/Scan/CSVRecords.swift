import Feeds

/// Finds the records of a CSV reply and hands each one's wanted cells to a sink: one pass, nothing copied.
///
/// A record's index is its line's number, from 1. Source: RFC 4180; line ends may be CRLF or LF, the last may be
/// missing, empty lines are passed over.
struct CSVRecords {
  /// The wanted columns' names, in the reply's own encoding; a slot each.
  private let fields: [[UInt8]]
  private let fieldNames: [String]
  private let format: CSVFormat
  private(set) var unknownFields = 0

  struct MissingColumns: Error {
    let missing: [String]
    let found: [String]
  }

  init(format: CSVFormat, fields: [String]) {
    self.format = format
    fieldNames = fields
    self.fields = fields.map { Self.encoded($0, format.encoding) }
  }

  /// Reads the whole reply.
  ///
  /// - Throws: ``Malformed`` for a quote that never closes, ``MissingColumns`` where the first line lacks a column.
  mutating func read<Sink: RecordSink>(_ bytes: Span<UInt8>, into sink: inout Sink) throws {
    let hasMark = bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
    var scanner = CSVScanner(at: hasMark ? 3 : 0)
    let slotOfColumn: [Int]
    if let columns = format.columns {
      slotOfColumn = columns.map { fieldNames.firstIndex(of: $0) ?? -1 }
    } else {
      slotOfColumn = try readHeader(bytes, &scanner)
    }
    unknownFields = slotOfColumn.count { $0 < 0 }
    scanner.setColumns(slotOfColumn, slots: fields.count)
    var slots = Array(repeating: Token.absent, count: fields.count)
    var isFirst = true
    while scanner.place < bytes.count {
      let (start, index) = (scanner.place, scanner.line &+ 1)
      if scanner.findLines(bytes) {
        if isFirst {
          sink.expect(records: bytes.countOfRecords(first: start..<scanner.endOfLines, scanner.lines.count))
          isFirst = false
        }
        sink.take(scanner.lines, of: bytes, slots: &slots, firstIndex: index)
        scanner.passLines()
        continue
      }
      guard try Self.readLine(bytes, &scanner, slotOfColumn, into: slots.mutableSpan) else { continue }
      if isFirst {
        sink.expect(records: bytes.countOfRecords(first: start..<scanner.place))
        isFirst = false
      }
      sink.take(slots.span, of: bytes, index: index, record: start..<scanner.place)
    }
  }

  private func readHeader(_ bytes: Span<UInt8>, _ scanner: inout CSVScanner) throws -> [Int] {
    var names: [[UInt8]] = []
    var isLast = false
    while !isLast, scanner.place < bytes.count {
      let cell = try scanner.cell(bytes)
      let (start, count) = bytes.trimmed(cell.token)
      names.append(bytes.bytes(from: start, count: count))
      isLast = cell.endsLine
    }
    let missing = fields.indices.filter { !names.contains(fields[$0]) }
    guard missing.isEmpty else {
      throw MissingColumns(
        missing: missing.map { fieldNames[$0] },
        found: names.prefix(20).map { String(Self.decoded($0, format.encoding).prefix(60)) })
    }
    return names.map { fields.firstIndex(of: $0) ?? -1 }
  }

  /// - Returns: false for an empty line.
  private static func readLine(
    _ bytes: Span<UInt8>, _ scanner: inout CSVScanner, _ slotOfColumn: [Int], into slots: consuming MutableSpan<Token>
  ) throws(Malformed) -> Bool {
    var column = 0
    while true {
      let (token, endsLine) = try scanner.cell(bytes)
      if column < slotOfColumn.count, slotOfColumn[column] >= 0 { slots[slotOfColumn[column]] = token }
      column &+= 1
      guard endsLine else { continue }
      // A line of all columns overwrites all that the line before left.
      if column < slotOfColumn.count { empty(&slots, slotOfColumn, from: column) }
      return column > 1 || token.count > 0
    }
  }

  /// - Parameter first: the first column that the line lacks.
  @inline(never)
  private static func empty(_ slots: inout MutableSpan<Token>, _ slotOfColumn: [Int], from first: Int) {
    for slot in slots.indices where !slotOfColumn[..<first].contains(slot) { slots[slot] = .absent }
  }

  /// The column's name as the reply writes it; characters that Latin-1 lacks become `?`.
  private static func encoded(_ text: String, _ encoding: CSVFormat.Encoding) -> [UInt8] {
    switch encoding {
    case .utf8: Array(text.utf8)
    case .latin1: text.unicodeScalars.map { $0.value < 256 ? UInt8($0.value) : UInt8(ascii: "?") }
    }
  }

  static func decoded(_ bytes: [UInt8], _ encoding: CSVFormat.Encoding) -> String {
    switch encoding {
    case .utf8: String(decoding: bytes, as: UTF8.self)
    case .latin1: String(String.UnicodeScalarView(bytes.map { UnicodeScalar($0) }))
    }
  }
}
