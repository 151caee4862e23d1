import CPQ
import Postgres

/// One connection of libpq's with nothing of ours between: what a peer in C would have. For one thread.
///
/// The PG… variables say where the database is.
final class Session {
  private let raw: OpaquePointer

  /// The C function is `PQconnectdb`.
  init() throws(SessionError) {
    guard let raw = PQconnectdb("") else { throw SessionError(description: "out of memory") }
    self.raw = raw
    guard PQstatus(raw) == CONNECTION_OK else { throw failure }
  }

  deinit { PQfinish(raw) }

  /// The server process's id. The C function is `PQbackendPID`.
  var processID: Int32 { PQbackendPID(raw) }

  /// Prepares the only statement that ``call(_:)`` runs, of one parameter. The C function is `PQprepare`.
  func prepare(_ sql: String, parameter oid: UInt32) throws(SessionError) {
    try check(PQprepare(raw, "call", sql, 1, [oid]), PGRES_COMMAND_OK)
  }

  /// Runs it; each call is a transaction. The C function is `PQexecPrepared`.
  func call(_ parameter: Parameter) throws(SessionError) {
    let bytes = parameter.bytes ?? []
    let result = bytes.withUnsafeBytes { bytes in
      PQexecPrepared(
        raw, "call", 1, [bytes.baseAddress?.assumingMemoryBound(to: CChar.self)], [Int32(bytes.count)], [1], 1)
    }
    try check(result, PGRES_TUPLES_OK)
  }

  /// Sends a whole COPY, which is a transaction. The C functions are `PQputCopyData` and `PQputCopyEnd`.
  func copy(_ bytes: [UInt8], _ sql: String) throws(SessionError) {
    try check(PQexec(raw, sql), PGRES_COPY_IN)
    let sent = bytes.withUnsafeBytes { bytes in
      PQputCopyData(raw, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
    }
    guard sent == 1, PQputCopyEnd(raw, nil) == 1 else { throw failure }
    try check(PQgetResult(raw), PGRES_COMMAND_OK)
    // Until there are no more results the connection is not free for the next command.
    while let rest = PQgetResult(raw) { PQclear(rest) }
  }

  private func check(_ result: OpaquePointer?, _ wanted: ExecStatusType) throws(SessionError) {
    defer { PQclear(result) }
    guard PQresultStatus(result) == wanted else { throw failure }
  }

  private var failure: SessionError { SessionError(description: String(cString: PQerrorMessage(raw))) }
}

struct SessionError: Error, CustomStringConvertible {
  let description: String
}
