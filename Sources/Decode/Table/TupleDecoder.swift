package import Market

/// From a table's file, CSV or an object a line, to rows in the binary form of PostgreSQL's COPY.
///
/// One pass over the bytes, block by block: a file of any size needs no more memory than a block and the rows that were
/// not taken yet.
package struct TupleDecoder {
  private var lines: TableLines
  private var writer = TupleWriter()
  private let generated: TableForm.Column?

  /// - Parameter generated: a column of UUIDs that rows get from here where the file has none.
  package init(_ form: TableForm, generating generated: TableForm.Column? = nil) {
    lines = TableLines(form)
    self.generated = generated
  }

  /// The columns that the rows have, in their order; empty until the file's first line was read.
  package var columns: [TableForm.Column] { lines.columns + (writer.generatesIDs ? [generated].compactMap { $0 } : []) }

  /// Rows that were read and not taken.
  package var count: Int { writer.lines.count }

  /// Reads as many lines as the block has in full.
  ///
  /// - Parameters:
  ///   - block: begins where the one before was read to.
  ///   - isLast: whether the file ends with it; then the last line may lack its line break.
  /// - Returns: how many bytes of it were read.
  /// - Throws: ``TableError`` where the file as a whole is no such table.
  package mutating func read(_ block: Span<UInt8>, isLast: Bool) throws(TableError) -> Int {
    var start = 0
    if lines.format == nil {
      guard let begun = try lines.begin(block, isLast: isLast) else { return 0 }
      start = begun
      writer.begin(
        lines.columns, isCSV: lines.format == .csv,
        generatesIDs: generated.map { !lines.columns.contains($0) } ?? false)
    }
    return lines.read(block, from: start, isLast: isLast, into: &writer)
  }

  /// The rows that were read since it was called last.
  package mutating func takeTuples() -> Tuples { writer.takeTuples() }

  /// The lines that were refused since it was called last.
  package mutating func takeRefused() -> [RefusedLine] {
    defer { writer.refused = [] }
    return writer.refused
  }
}

/// Rows in the binary form of PostgreSQL's COPY, without its head and its end.
package struct Tuples: Sendable {
  package let bytes: [UInt8]
  /// The file's line that each is of.
  package let lines: [Int]
  /// Of the column named `time`; nil where there is none.
  package let window: Window?

  package var count: Int { lines.count }

  /// Where some of the rows stand in `bytes`.
  package func bytes(of rows: Range<Int>) -> Range<Int> {
    var (row, place, start) = (0, 0, 0)
    while row < rows.upperBound {
      if row == rows.lowerBound { start = place }
      var fields = Int(bytes[place]) << 8 | Int(bytes[place + 1])
      place += 2
      while fields > 0 {
        let length = bytes[place..<(place + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        place += 4 + (length == .max ? 0 : Int(length))
        fields -= 1
      }
      row += 1
    }
    return (rows.isEmpty ? place : start)..<place
  }
}
