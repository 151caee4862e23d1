import CPQ

extension Connection {
  /// Sends rows to a table.
  ///
  /// - Parameters:
  ///   - target: what follows COPY, `pg_temp.staged ("time", device_id)`.
  ///   - rows: their place in `bytes`, which are in COPY's binary form without its head and its end.
  /// - Returns: how many the table took.
  /// The SQL is `COPY … FROM STDIN (FORMAT binary)`, the C functions are `PQputCopyData` and `PQputCopyEnd`.
  @discardableResult
  package func copy(into target: String, _ bytes: [UInt8], _ rows: Range<Int>) throws(PostgresError) -> Int {
    let raw = try ready()
    guard PQsendQuery(raw, "COPY \(target) FROM STDIN (FORMAT binary)") == 1 else { throw failure(raw) }
    return try finish(raw) { raw in
      // On failure the reply has the error.
      var start = rows.lowerBound
      var isOpen = put(Self.copyHead, 0..<Self.copyHead.count, raw)
      while isOpen, start < rows.upperBound, !isGivenUp {
        let end = min(start + Self.pieceSize, rows.upperBound)
        isOpen = put(bytes, start..<end, raw)
        start = end
      }
      let isWhole = !isGivenUp
      if isOpen, isWhole { _ = put(Self.copyEnd, 0..<Self.copyEnd.count, raw) }
      PQputCopyEnd(raw, isWhole ? nil : "given up")
      return isWhole
    }.affectedRows
  }

  /// So much is handed to libpq at once, which keeps what the server has not taken yet.
  private static let pieceSize = 64 << 10
  /// The signature, no flags and no extension.
  private static let copyHead = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00] + Array(repeating: 0, count: 8)
  private static let copyEnd: [UInt8] = [0xFF, 0xFF]

  private func put(_ bytes: [UInt8], _ range: Range<Int>, _ raw: OpaquePointer) -> Bool {
    bytes.withUnsafeBytes { bytes in
      let piece = UnsafeRawBufferPointer(rebasing: bytes[range]).assumingMemoryBound(to: CChar.self)
      return PQputCopyData(raw, piece.baseAddress, Int32(piece.count)) == 1
    }
  }
}
