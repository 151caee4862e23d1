/// What PostgreSQL, or the way to it, refused: the server's own fields, and what to do about it.
///
/// Holds no password: the settings it names are those of `ConnectionSettings.description`.
package struct PostgresError: Error, Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// The connection string can't be read.
    case settings
    case unknownHost
    /// Nobody listens there, or nobody answered in time.
    case unreachable
    /// The server refused the user or the password.
    case authentication
    case unknownDatabase
    /// The server is there and takes nobody now: it starts, stops, or has no connection left.
    case unavailable
    /// The connection ended while it was in use; whether the last statement took effect is not known.
    case lost
    /// The server refused a statement; the connection goes on.
    case server
    /// The task was cancelled, and the statement with it.
    case cancelled
    /// The reply is not what the caller's types promised.
    case unexpectedReply
    /// Used after `close()`.
    case closed
  }

  package internal(set) var kind: Kind
  /// Five characters, `23505`; nil where no server was reached.
  package var sqlState: String?
  /// `ERROR`, `FATAL` or `PANIC`, whatever the server's language.
  package var severity: String?
  package let message: String
  package var detail: String?
  package var hint: String?
  /// The call stack of functions inside the server.
  package var context: String?
  /// Characters from the statement's beginning, counted from 1.
  package var position: Int?

  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// Whether the same call may succeed a little later without anybody's help. Our statements can be repeated, so the
  /// question is only whether it is worth it.
  /// Source: PostgreSQL's documentation, appendix A, "PostgreSQL Error Codes".
  package var isWorthRetrying: Bool {
    switch kind {
    case .unknownHost, .unreachable, .unavailable, .lost: return true
    case .settings, .authentication, .unknownDatabase, .cancelled, .unexpectedReply, .closed: return false
    case .server: break
    }
    guard let sqlState else { return false }
    // 08 connection, 40 rollback (deadlock), 53 resources, 58 system; 57014 a time limit, since a cancelled task has
    // its own kind; 57P01 to 57P05 shutdown; 55P03 lock not to be had; 25006 read only, as after a failover.
    return ["08", "40", "53", "58"].contains(String(sqlState.prefix(2)))
      || sqlState.hasPrefix("57P") || ["57014", "55P03", "25006", "25P03"].contains(sqlState)
  }
}

extension PostgresError: CustomStringConvertible {
  /// One line: what failed, the server's detail and hint, and what to do.
  package var description: String {
    var line = message
    if let sqlState, kind == .server || kind == .lost { line += " (SQLSTATE \(sqlState))" }
    for part in [detail, hint, advice] {
      guard let part else { continue }
      line += line.hasSuffix(".") || line.hasSuffix(";") ? " " : "; "
      line += part
    }
    return oneLine(line)
  }

  /// What a person can do, where the server's hint says nothing.
  private var advice: String? {
    switch kind {
    case .settings: "expected is postgres://user@host:5432/database or host=… dbname=…, as psql takes it"
    case .unknownHost: "check the host's name, and that this machine can resolve it"
    case .unreachable: "check that the server runs and listens at this address"
    case .authentication: "check the user, and the password in the connection string, PGPASSWORD or ~/.pgpass"
    case .unknownDatabase: "create it with createdb, or name another"
    case .unavailable: "try again in a moment"
    case .lost: "connect again and repeat the call"
    case .cancelled, .unexpectedReply, .closed: nil
    case .server: hint == nil ? serverAdvice : nil
    }
  }

  private var serverAdvice: String? {
    switch sqlState {
    case "42501": "this role lacks the privilege: grant it, or connect as one that has it"
    case "53100": "the server's disk is full: make room"
    case "53300": "the server has no connection left: close some, or raise max_connections"
    case "57014": "the server gave up at statement_timeout"
    case "55P03": "another session holds the lock: try again, or raise lock_timeout"
    case "25006": "this server takes no writes: connect to the primary (target_session_attrs=read-write)"
    default: nil
    }
  }
}

/// Line breaks and runs of blanks as one blank: libpq puts each host it tried on a line of its own.
func oneLine(_ text: String) -> String {
  text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
}
