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
  private var place = 0
  private var slots: [Token]
  private(set) var unknownFields = 0
  /// Lines begun, empty ones and those inside quotes included: what an editor counts.
  private var line = 0

  struct MissingColumns: Error {
    let missing: [String]
    let found: [String]
  }

  init(format: CSVFormat, fields: [String]) {
    self.format = format
    fieldNames = fields
    self.fields = fields.map { Self.encoded($0, format.encoding) }
    slots = Array(repeating: .absent, count: fields.count)
  }

  /// Reads the whole reply.
  ///
  /// - Throws: ``Malformed`` for a quote that never closes, ``MissingColumns`` where the first line lacks a column.
  mutating func read<Sink: RecordSink>(_ bytes: Span<UInt8>, into sink: inout Sink) throws {
    if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { place = 3 }
    let slotOfColumn: [Int]
    if let columns = format.columns {
      slotOfColumn = columns.map { fieldNames.firstIndex(of: $0) ?? -1 }
    } else {
      slotOfColumn = try readHeader(bytes)
    }
    unknownFields = slotOfColumn.count { $0 < 0 }
    while place < bytes.count {
      for index in slots.indices { slots[index] = .absent }
      let first = line + 1
      guard try readLine(bytes, slotOfColumn) else { continue }
      sink.take(slots, of: bytes, index: first)
    }
  }

  private mutating func readHeader(_ bytes: Span<UInt8>) throws -> [Int] {
    var names: [[UInt8]] = []
    var isLast = false
    while !isLast, place < bytes.count {
      let cell = try self.cell(bytes)
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
  private mutating func readLine(_ bytes: Span<UInt8>, _ slotOfColumn: [Int]) throws(Malformed) -> Bool {
    var column = 0
    while true {
      let (token, endsLine) = try cell(bytes)
      if column < slotOfColumn.count, slotOfColumn[column] >= 0 { slots[slotOfColumn[column]] = token }
      column += 1
      if endsLine { return column > 1 || token.count > 0 }
    }
  }

  @inline(__always)
  private mutating func cell(_ bytes: Span<UInt8>) throws(Malformed) -> (token: Token, endsLine: Bool) {
    if place < bytes.count, bytes[place] == UInt8(ascii: "\"") { return try quotedCell(bytes) }
    let start = place
    while place < bytes.count {
      let byte = bytes[place]
      if byte == UInt8(ascii: ",") {
        place += 1
        return (Token(kind: .text, start: start, count: place - 1 - start), false)
      }
      if byte == UInt8(ascii: "\n") {
        place += 1
        return lastCell(bytes, from: start, to: place - 1)
      }
      place += 1
    }
    return lastCell(bytes, from: start, to: place)
  }

  @inline(__always)
  private mutating func lastCell(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> (token: Token, endsLine: Bool) {
    line += 1
    let count = end > start && bytes[end - 1] == UInt8(ascii: "\r") ? end - 1 - start : end - start
    return (Token(kind: .text, start: start, count: count), true)
  }

  private mutating func quotedCell(_ bytes: Span<UInt8>) throws(Malformed) -> (token: Token, endsLine: Bool) {
    let start = place + 1
    var kind = Token.Kind.text
    place += 1
    while place < bytes.count {
      guard bytes[place] == UInt8(ascii: "\"") else {
        if bytes[place] == UInt8(ascii: "\n") { line += 1 }
        place += 1
        continue
      }
      place += 1
      if place < bytes.count, bytes[place] == UInt8(ascii: "\"") {
        kind = .escaped
        place += 1
        continue
      }
      let token = Token(kind: kind, start: start, count: place - 1 - start)
      if place < bytes.count, bytes[place] == UInt8(ascii: "\r") { place += 1 }
      guard place < bytes.count else {
        line += 1
        return (token, true)
      }
      place += 1
      switch bytes[place - 1] {
      case UInt8(ascii: ","): return (token, false)
      case UInt8(ascii: "\n"):
        line += 1
        return (token, true)
      default: throw Malformed("text after a closing quote", at: place - 1)
      }
    }
    throw Malformed("it ends inside a quoted cell", at: start)
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
