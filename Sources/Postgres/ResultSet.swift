import CPQ

/// A statement's rows, owned: freed when the last use of it is over.
///
/// Unchecked: libpq documents that a result is read-only after its creation and may be passed between threads.
package struct ResultSet: ~Copyable, @unchecked Sendable {
  private let raw: OpaquePointer

  init(taking raw: OpaquePointer) { self.raw = raw }

  /// The C function is `PQclear`.
  deinit { PQclear(raw) }

  package var rowCount: Int { Int(PQntuples(raw)) }
  package var columnCount: Int { Int(PQnfields(raw)) }

  /// Rows that an INSERT, UPDATE, DELETE, SELECT or COPY touched. The C function is `PQcmdTuples`.
  package var affectedRows: Int { PQcmdTuples(raw).flatMap { Int(String(cString: $0)) } ?? 0 }

  /// `SELECT 3`, `COMMIT`. The C function is `PQcmdStatus`.
  package var commandTag: String { PQcmdStatus(raw).map { String(cString: $0) } ?? "" }

  package func columnName(_ column: Int) -> String {
    PQfname(raw, Int32(column)).map { String(cString: $0) } ?? "column \(column + 1)"
  }

  /// The column's type. The C function is `PQftype`.
  package func columnOID(_ column: Int) -> UInt32 { PQftype(raw, Int32(column)) }

  /// Bytes of one field, nil for NULL, valid inside `body` only. The C functions are `PQgetvalue` and `PQgetlength`.
  package func withBytes<T, E: Error>(
    _ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer?) throws(E) -> T
  ) throws(E) -> T {
    precondition(row >= 0 && row < rowCount && column >= 0 && column < columnCount, "no such field in the result")
    let (row, column) = (Int32(row), Int32(column))
    guard PQgetisnull(raw, row, column) == 0 else { return try body(nil) }
    return try body(
      UnsafeRawBufferPointer(start: PQgetvalue(raw, row, column), count: Int(PQgetlength(raw, row, column))))
  }

  /// One field that may be NULL.
  ///
  /// - Throws: of kind `unexpectedReply` where the column has another type.
  package func readOptional<T: BinaryValue>(
    _ row: Int, _ column: Int, as type: T.Type = T.self
  ) throws(PostgresError) -> T? {
    let oid = columnOID(column)
    let isReadable =
      PQfformat(raw, Int32(column)) == 1 ? oid == T.oid || T.alsoReads.contains(oid) : T.self == String.self
    guard isReadable else {
      throw PostgresError(
        .unexpectedReply, "column \(columnName(column)) has the type \(oid), which is not read as \(T.self)")
    }
    return try withBytes(row, column) { (bytes) throws(PostgresError) in
      guard let bytes else { return nil }
      guard let value = T(binary: bytes) else {
        throw PostgresError(.unexpectedReply, "column \(columnName(column)) is not the binary form of \(T.self)")
      }
      return value
    }
  }

  /// One field.
  ///
  /// - Throws: of kind `unexpectedReply` for NULL, or where the column has another type.
  package func read<T: BinaryValue>(_ row: Int, _ column: Int, as type: T.Type = T.self) throws(PostgresError) -> T {
    guard let value: T = try readOptional(row, column) else {
      throw PostgresError(.unexpectedReply, "column \(columnName(column)) is NULL in row \(row + 1)")
    }
    return value
  }

  /// A plain value for each row: `try rows.map { rows, row in Name(id: try rows.read(row, 0), …) }`.
  package func map<T, E: Error>(_ body: (borrowing ResultSet, Int) throws(E) -> T) throws(E) -> [T] {
    var values: [T] = []
    values.reserveCapacity(rowCount)
    for row in 0..<rowCount { values.append(try body(self, row)) }
    return values
  }
}
