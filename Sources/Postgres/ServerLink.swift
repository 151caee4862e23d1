import CPQ
import Glibc

/// One PGconn and what belongs to it, owned: the session ends with it.
struct ServerLink: ~Copyable {
  let raw: OpaquePointer
  let notices: NoticeLog

  /// The C function is `PQfinish`.
  deinit { PQfinish(raw) }

  /// Connects, and waits for it: each host gets `connect_timeout`.
  ///
  /// libpq prints notices to standard error until told otherwise, which needs a PGconn, and the server may send some
  /// (a collation that changed) before connecting is done. So the attempt begins with `PQconnectStartParams` and is
  /// told what to do with notices and to put the SQLSTATE into errors. Where the server is slow it is made once more by
  /// `PQreset`, which knows each host's limit; to do that always costs the server a process for nothing.
  static func connecting(to settings: ConnectionSettings) throws(PostgresError) -> ServerLink {
    let link = ServerLink(raw: try start(settings), notices: NoticeLog())
    guard PQstatus(link.raw) != CONNECTION_BAD else { throw refusal(link.raw, settings) }
    PQsetErrorVerbosity(link.raw, PQERRORS_VERBOSE)
    PQsetNoticeReceiver(link.raw, NoticeLog.receive, Unmanaged.passUnretained(link.notices).toOpaque())
    if !hasEnded(link.raw) { PQreset(link.raw) }
    guard PQstatus(link.raw) == CONNECTION_OK else { throw refusal(link.raw, settings) }
    return link
  }

  /// Goes on with an attempt for a second: false where it has come to no end by then.
  ///
  /// The C functions are `PQconnectPoll` and `poll`.
  private static func hasEnded(_ raw: OpaquePointer) -> Bool {
    let latest = ContinuousClock.now + .seconds(1)
    var awaited = PGRES_POLLING_WRITING
    while awaited == PGRES_POLLING_READING || awaited == PGRES_POLLING_WRITING {
      let events = awaited == PGRES_POLLING_READING ? POLLIN : POLLOUT
      // Another one where the next host is tried.
      var descriptor = pollfd(fd: PQsocket(raw), events: Int16(events), revents: 0)
      let left = max(.zero, latest - .now)
      switch poll(&descriptor, 1, Int32(left / .milliseconds(1))) {
      case 0: return false
      case 1: awaited = PQconnectPoll(raw)
      default: guard errno == EINTR else { return false }
      }
    }
    return true
  }

  /// Begins with our own patience where string, service and environment say nothing of it.
  private static func start(_ settings: ConnectionSettings) throws(PostgresError) -> OpaquePointer {
    let environment = ConnectionSettings.environment()
    var defaults = ConnectionSettings.patience.filter { environment[$0.0] == nil }
    // A service named in the string is read by libpq alone: what it says shows in the connection it began.
    if settings.namesService {
      let raw = try begin(settings.parameters(adding: []))
      defer { PQfinish(raw) }
      if let options = PQconninfo(raw) {
        let effective = ConnectionSettings.values(of: options)
        PQconninfoFree(options)
        defaults = ConnectionSettings.patience.filter { effective[$0.0] == nil }
      }
    }
    return try begin(settings.parameters(adding: defaults))
  }

  /// The C function is `PQconnectStartParams`.
  private static func begin(_ parameters: [(keyword: String, value: String)]) throws(PostgresError) -> OpaquePointer {
    let keywords: [UnsafeMutablePointer<CChar>?] = parameters.map { strdup($0.keyword) }
    let values: [UnsafeMutablePointer<CChar>?] = parameters.map { strdup($0.value) }
    defer { (keywords + values).forEach { free($0) } }
    // Both lists end with a null pointer.
    func listed(_ texts: [UnsafeMutablePointer<CChar>?]) -> [UnsafePointer<CChar>?] {
      texts.map { $0.map { UnsafePointer($0) } } + [nil]
    }
    let raw = PQconnectStartParams(listed(keywords), listed(values), 1)
    guard let raw else { throw PostgresError(.unavailable, "out of memory") }
    return raw
  }

  /// Why there is no connection, from `PQerrorMessage`: a failed attempt has no result with fields.
  private static func refusal(_ raw: OpaquePointer, _ settings: ConnectionSettings) -> PostgresError {
    var lines = String(cString: PQerrorMessage(raw)).split(separator: "\n").map(String.init)
    // The server's source line is of no use to anybody here, and the question is answered by our own advice.
    lines.removeAll { $0.hasPrefix("LOCATION:") || $0.contains("Is the server running") }
    var state: String?
    for (index, line) in lines.enumerated() {
      guard let found = verboseState(in: line) else { continue }
      state = found
      lines[index] = line.replacing(" \(found):", with: "", maxReplacements: 1)
    }
    let text = oneLine(lines.joined(separator: "; "))
    let kind: PostgresError.Kind =
      switch state {
      case let state? where state.hasPrefix("28"): .authentication
      case "3D000": .unknownDatabase
      case .some: .unavailable
      case nil where PQconnectionNeedsPassword(raw) == 1: .authentication
      case nil where text.contains("could not translate host name"): .unknownHost
      case nil where text.hasPrefix("invalid ") || text.contains("definition of service"): .settings
      case nil: .unreachable
      }
    var error = PostgresError(kind, "no connection to the database (\(settings)): \(text)")
    error.sqlState = state
    return error
  }
}

/// The SQLSTATE of a verbose message, `FATAL:  28P01: password authentication failed…`, whatever its language.
private func verboseState(in line: String) -> String? {
  for part in line.split(separator: ": ").dropFirst().dropLast() {
    let candidate = part.drop { $0 == " " }
    // Letters alone are the severity, FATAL; every SQLSTATE that the server gives here has a digit.
    let isState = candidate.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
    if candidate.count == 5, isState, candidate.contains(where: \.isNumber) { return String(candidate) }
  }
  return nil
}

/// The newest notices of a connection, instead of libpq's printing them.
///
/// Unchecked: libpq calls back on the thread that is inside a libpq call, which is the connection's; it is read there.
final class NoticeLog: @unchecked Sendable {
  private var notices: [String] = []

  func take() -> [String] {
    defer { notices = [] }
    return notices
  }

  static let receive: PQnoticeReceiver = { context, result in
    guard let context, let message = PQresultErrorField(result, 0x4D) else { return }
    let log = Unmanaged<NoticeLog>.fromOpaque(context).takeUnretainedValue()
    // Bounded: nobody may ever ask for them.
    if log.notices.count < 100 { log.notices.append(oneLine(String(cString: message))) }
  }
}
