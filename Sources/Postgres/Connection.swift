import CPQ
import Glibc

/// One session with the server, on a thread of its own.
///
/// From outside its methods are awaited and never block Swift's pool; inside a `transaction` they are plain calls, so
/// no other task's statement can come between. Cancelling the task that awaits cancels its statement.
package actor Connection {
  package nonisolated let settings: ConnectionSettings
  private nonisolated let thread: ConnectionThread
  private var link: ServerLink?
  /// COMMIT and ROLLBACK are carried out even for a task that was cancelled.
  private var ignoresCancellation = false

  package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  private init(_ settings: ConnectionSettings) throws(PostgresError) {
    self.settings = settings
    thread = try ConnectionThread()
  }

  /// Connects. A cancelled caller goes on at once; the attempt behind it ends within `connect_timeout`.
  package static func open(_ settings: ConnectionSettings) async throws(PostgresError) -> Connection {
    let connection = try Connection(settings)
    let (outcomes, report) = AsyncStream.makeStream(of: Result<Void, PostgresError>.self)
    Task {
      report.yield(await connection.connect())
      report.finish()
    }
    for await outcome in outcomes {
      try outcome.get()
      return connection
    }
    throw PostgresError(.cancelled, "connecting to the database (\(settings)) was cancelled")
  }

  /// Connects, lends the connection to `body`, and closes it.
  @discardableResult
  package static func with<T: Sendable>(
    _ settings: ConnectionSettings, _ body: (Connection) async throws -> T
  ) async throws -> T {
    let connection = try await open(settings)
    do {
      let value = try await body(connection)
      await connection.close()
      return value
    } catch {
      await connection.close()
      throw error
    }
  }

  private func connect() -> Result<Void, PostgresError> {
    do throws(PostgresError) {
      link = try ServerLink.connecting(to: settings)
      ignoresCancellation = true
      defer { ignoresCancellation = false }
      try execute(settings.greeting)
      return .success(())
    } catch {
      link = nil
      return .failure(error)
    }
  }

  /// Ends the session. Later calls throw; closing twice is allowed.
  package func close() { link = nil }

  /// Whether it is open, as far as the last statement showed. The C function is `PQstatus`.
  package var isOpen: Bool {
    guard let raw = raw() else { return false }
    return PQstatus(raw) == CONNECTION_OK
  }

  /// Whether it is open and outside a transaction. The C function is `PQtransactionStatus`.
  package var isIdle: Bool {
    guard let raw = raw() else { return false }
    return PQtransactionStatus(raw) == PQTRANS_IDLE
  }

  /// The server process's id, as in pg_stat_activity. The C function is `PQbackendPID`.
  package var processID: Int32 { raw().map { PQbackendPID($0) } ?? 0 }

  /// `15.9`, as the server reports it. The C function is `PQparameterStatus`.
  package var serverVersion: String {
    guard let raw = raw(), let version = PQparameterStatus(raw, "server_version") else { return "" }
    return String(cString: version)
  }

  /// What the server sent beside its results since the last call: at most 100, one line each.
  package func takeNotices() -> [String] {
    switch link {
    case .some(let link): link.notices.take()
    case .none: []
    }
  }

  /// How results come.
  package enum Format: Int32, Sendable {
    case text = 0
    case binary = 1
  }

  /// Runs one statement.
  ///
  /// The C function is `PQsendQueryParams`.
  @discardableResult
  package func query(
    _ sql: String, _ parameters: [Parameter] = [], format: Format = .binary
  ) throws(PostgresError) -> ResultSet {
    let raw = try ready()
    let sent = withPointers(to: parameters) { values, lengths in
      let formats = [Int32](repeating: 1, count: parameters.count)
      return PQsendQueryParams(
        raw, sql, Int32(parameters.count), parameters.map(\.oid), values, lengths, formats, format.rawValue)
    }
    guard sent == 1 else { throw failure(raw) }
    return try finish(raw)
  }

  /// Runs statements separated by semicolons, as one transaction unless they say otherwise.
  ///
  /// - Returns: the rows that the last one touched.
  /// The C function is `PQsendQuery`.
  @discardableResult
  package func execute(_ script: String) throws(PostgresError) -> Int {
    let raw = try ready()
    guard PQsendQuery(raw, script) == 1 else { throw failure(raw) }
    return try finish(raw).affectedRows
  }

  /// Runs `body` between BEGIN and COMMIT, and ROLLBACK if it throws.
  ///
  /// - Parameter options: follows BEGIN, `READ ONLY`.
  /// - Throws: what `body` throws, or `PostgresError`.
  @discardableResult
  package func transaction<T: Sendable>(
    _ options: String = "", _ body: @Sendable (isolated Connection) throws -> T
  ) throws -> T {
    try execute("BEGIN \(options)")
    do {
      let value = try body(self)
      try unstoppable { () throws(PostgresError) in
        // A transaction in which something failed ends in ROLLBACK whatever it is told.
        guard try query("COMMIT").commandTag == "COMMIT" else {
          throw PostgresError(.unexpectedReply, "the transaction was rolled back: a statement in it had failed")
        }
      }
      return value
    } catch {
      // The first error says what happened; where ROLLBACK fails the session is lost, and with it the transaction.
      _ = try? unstoppable { () throws(PostgresError) in try execute("ROLLBACK") }
      throw error
    }
  }

  private func unstoppable<T>(_ body: () throws(PostgresError) -> T) throws(PostgresError) -> T {
    ignoresCancellation = true
    defer { ignoresCancellation = false }
    return try body()
  }

  private func raw() -> OpaquePointer? {
    switch link {
    case .some(let link): link.raw
    case .none: nil
    }
  }

  func ready() throws(PostgresError) -> OpaquePointer {
    guard let raw = raw() else { throw PostgresError(.closed, "the connection to \(settings) is closed") }
    guard ignoresCancellation || !Task.isCancelled else {
      throw PostgresError(.cancelled, "the task was cancelled before its statement was sent")
    }
    return raw
  }

  /// Whether the statement in hand is to be given up.
  var isGivenUp: Bool { !ignoresCancellation && Task.isCancelled }

  /// Waits for the whole reply: the last result, or the first error.
  ///
  /// - Parameter feed: sends what COPY asks for; false where it was given up, nil where nobody sends anything.
  func finish(
    _ raw: OpaquePointer, feeding feed: (OpaquePointer) -> Bool? = { _ in nil }
  ) throws(PostgresError) -> ResultSet {
    var last: OpaquePointer?
    var refusal: PostgresError?
    var wasCancelled = false
    while true {
      while PQisBusy(raw) == 1 {
        if !wasCancelled, isGivenUp {
          wasCancelled = true
          cancelStatement(raw)
        }
        waitForServer(raw)
        // On failure the next PQgetResult has the error.
        if PQconsumeInput(raw) == 0 { break }
      }
      guard let result = PQgetResult(raw) else { break }
      switch PQresultStatus(result) {
      case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE:
        if refusal == nil { refusal = PostgresError(result) }
        PQclear(result)
      case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
        let asks = PQresultStatus(result) == PGRES_COPY_IN
        PQclear(result)
        if asks, let isWhole = feed(raw) {
          if !isWhole { wasCancelled = true }
          continue
        }
        endCopy(raw)
        if refusal == nil { refusal = PostgresError(.unexpectedReply, "COPY from or to the client is not for query()") }
      default:
        if let last { PQclear(last) }
        last = result
      }
    }
    if var refusal {
      if let last { PQclear(last) }
      // The server's farewell (FATAL 57P01) is an ordinary error until the connection's end has been read.
      if PQstatus(raw) == CONNECTION_BAD { refusal.kind = .lost }
      guard wasCancelled, refusal.kind == .server else { throw refusal }
      throw PostgresError(.cancelled, "the task was cancelled, and its statement with it")
    }
    guard let last else { throw failure(raw) }
    return ResultSet(taking: last)
  }

  /// Waits for what NOTIFY sends to the channels that this session listens on (`LISTEN name`, by ``execute(_:)``).
  ///
  /// Nothing else can be asked of the connection meanwhile. A cancelled task is noticed within 0.2 s.
  ///
  /// - Parameter patience: how long to wait for the first.
  /// - Returns: all that have come, oldest first, the moment that there is one; empty where `patience` has passed.
  /// - Throws: of kind `lost` where the server is gone.
  /// The C functions are `PQnotifies` and `PQconsumeInput`.
  package func notifications(within patience: Duration) throws(PostgresError) -> [Notification] {
    let end = ContinuousClock.now + patience
    while true {
      let raw = try ready()
      guard PQconsumeInput(raw) == 1 else { throw failure(raw) }
      var come: [Notification] = []
      while let next = PQnotifies(raw) {
        come.append(
          Notification(channel: String(cString: next.pointee.relname), payload: String(cString: next.pointee.extra)))
        PQfreemem(next)
      }
      let left = end - .now
      if !come.isEmpty || left <= .zero { return come }
      waitForServer(raw, milliseconds: Int32(min(200, max(1, left / .milliseconds(1)))))
    }
  }

  /// Waits until the server has sent something, 20 ms at most unless told otherwise, so that a cancelled task is
  /// noticed. The C function is `poll`.
  private func waitForServer(_ raw: OpaquePointer, milliseconds: Int32 = 20) {
    var descriptor = pollfd(fd: PQsocket(raw), events: Int16(POLLIN), revents: 0)
    poll(&descriptor, 1, milliseconds)
  }

  /// Asks the server to give up the statement that runs. When it returns the signal was sent, so that it can't hit a
  /// later statement. The C function is `PQcancel`.
  private func cancelStatement(_ raw: OpaquePointer) {
    guard let cancel = PQgetCancel(raw) else { return }
    defer { PQfreeCancel(cancel) }
    var complaint = [CChar](repeating: 0, count: 256)
    PQcancel(cancel, &complaint, Int32(complaint.count))
  }

  private func endCopy(_ raw: OpaquePointer) {
    PQputCopyEnd(raw, "not expected")
    var row: UnsafeMutablePointer<CChar>?
    while PQgetCopyData(raw, &row, 0) > 0 { PQfreemem(row) }
  }

  /// An error that has no result: the statement could not be sent, or no reply came.
  func failure(_ raw: OpaquePointer) -> PostgresError {
    let message = oneLine(String(cString: PQerrorMessage(raw)))
    return PostgresError(
      PQstatus(raw) == CONNECTION_BAD ? .lost : .unexpectedReply, message.isEmpty ? "the server sent no reply" : message
    )
  }
}

extension PostgresError {
  /// The server's fields. The C function is `PQresultErrorField`.
  fileprivate init(_ result: OpaquePointer) {
    func field(_ code: Character) -> String? {
      PQresultErrorField(result, Int32(code.asciiValue ?? 0)).map { String(cString: $0) }
    }
    let message = field("M") ?? String(cString: PQresultErrorMessage(result))
    self.init(.server, oneLine(message))
    sqlState = field("C")
    severity = field("V")
    detail = field("D")
    hint = field("H")
    context = field("W")
    position = field("P").flatMap { Int($0) }
  }
}

/// Lends the parameters' bytes as libpq takes them: pointers, nil for NULL, and lengths.
private func withPointers<R>(
  to parameters: [Parameter], _ body: ([UnsafePointer<CChar>?], [Int32]) -> R
) -> R {
  func lend(_ index: Int, _ pointers: [UnsafePointer<CChar>?]) -> R {
    guard index < parameters.count else { return body(pointers, parameters.map { Int32($0.bytes?.count ?? 0) }) }
    guard let bytes = parameters[index].bytes else { return lend(index + 1, pointers + [nil]) }
    // An empty array may have no address, and a null pointer would mean NULL.
    return (bytes.isEmpty ? [0] : bytes).withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { lend(index + 1, pointers + [$0.baseAddress]) }
    }
  }
  return lend(0, [])
}
