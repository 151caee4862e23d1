import CPQ

/// Where the database is and how to log in: all that libpq understands, handed to libpq.
///
/// A URI or `key=value` string, libpq's environment (PGHOST, PGPASSWORD…), service files, several hosts and TLS work
/// as they do for psql. Ours are only defaults, each given way to by the string, the environment or the service.
package struct ConnectionSettings: Sendable {
  /// Bounds each statement; nil leaves the server's own limit.
  package var statementTimeout: Duration?
  /// Bounds each wait for a lock; nil leaves the server's own limit.
  package var lockTimeout: Duration?
  /// Whether the server refuses this session every write. The setting is `default_transaction_read_only`.
  package var isReadOnly = false
  /// The role that the session takes where its user is a member of it; nil stays the user's own.
  package var role: String?

  /// nil: the environment says all.
  private let connectionString: String?
  private let database: String?
  private let applicationName: String
  /// The string names a service, whose file libpq reads.
  let namesService: Bool
  /// Without secrets.
  private let named: [String: String]

  /// - Parameters:
  ///   - connectionString: a URI, `key=value` pairs or a database's name; nil or empty for libpq's environment alone.
  ///   - database: replaces the string's.
  ///   - applicationName: what pg_stat_activity shows, unless the string or PGAPPNAME says otherwise.
  /// - Throws: of kind `settings`, without the string, since it may hold a password.
  /// The C functions are `PQconninfoParse` and `PQconndefaults`.
  package init(
    _ connectionString: String? = nil, database: String? = nil, applicationName: String = "flux-market"
  ) throws(PostgresError) {
    self.database = database
    self.applicationName = applicationName
    guard let text = connectionString, !text.isEmpty else {
      self.connectionString = nil
      namesService = false
      named = Self.describable(Self.environment(), database: database)
      return
    }
    self.connectionString = text
    guard Self.isURI(text) || text.contains("=") else {
      namesService = false
      named = Self.describable(Self.environment(), database: database ?? text)
      return
    }
    let given = try Self.parsed(text)
    namesService = given["service"] != nil
    let environment = namesService ? [:] : Self.environment()
    named = Self.describable(environment.merging(given) { $1 }, database: database)
  }

  private static func isURI(_ text: String) -> Bool {
    text.hasPrefix("postgres://") || text.hasPrefix("postgresql://")
  }

  private static func parsed(_ text: String) throws(PostgresError) -> [String: String] {
    var complaint: UnsafeMutablePointer<CChar>?
    guard let options = PQconninfoParse(text, &complaint) else {
      // libpq quotes the text it could not read, which may be a password: what stands before the quotation will do.
      let reason = complaint.map { String(cString: $0) } ?? "out of memory"
      PQfreemem(complaint)
      let harmless = reason.prefix { $0 != "\"" && $0 != ":" }
      throw PostgresError(.settings, "the connection string can't be read: \(oneLine(String(harmless)))")
    }
    let given = values(of: options)
    PQconninfoFree(options)
    // A password with @ or / in it ends too early, and its rest would be printed as a host, a port or a database.
    let port = given["port"] ?? ""
    let stray = ["host", "hostaddr", "dbname"].contains { given[$0]?.contains("@") == true }
    guard !isURI(text) || !stray, port.allSatisfy({ $0.isNumber || $0 == "," }) else {
      throw PostgresError(
        .settings,
        "the connection string can't be read: write @, / and : in a user or password as %40, %2F and %3A")
    }
    return given
  }

  /// What libpq takes where the string says nothing: environment, the service that PGSERVICE names, built-in defaults.
  static func environment() -> [String: String] {
    guard let options = PQconndefaults() else { return [:] }
    defer { PQconninfoFree(options) }
    return values(of: options)
  }

  /// The options of a connection that are set.
  static func values(of options: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
    var values: [String: String] = [:]
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val, value.pointee != 0 {
        values[String(cString: keyword)] = String(cString: value)
      }
      option += 1
    }
    return values
  }

  private static func describable(_ values: [String: String], database: String?) -> [String: String] {
    var named = values.filter { ["service", "host", "hostaddr", "port", "dbname", "user"].contains($0.key) }
    if let database { named["dbname"] = database }
    return named
  }

  /// Keywords and values for `PQconnectStartParams`: later ones win, and libpq expands the first `dbname`.
  func parameters(adding defaults: [(String, String)]) -> [(keyword: String, value: String)] {
    var pairs: [(keyword: String, value: String)] = [("fallback_application_name", applicationName)]
    pairs += defaults.map { (keyword: $0.0, value: $0.1) }
    if let connectionString { pairs.append(("dbname", connectionString)) }
    if let database { pairs.append(("dbname", database)) }
    // Our strings are UTF-8 whatever PGCLIENTENCODING says.
    pairs.append(("client_encoding", "UTF8"))
    return pairs
  }

  /// A host that is silent is given up: while connecting after 10 s, later after about a minute.
  static let patience: [(String, String)] = [
    ("connect_timeout", "10"), ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
    ("tcp_user_timeout", "60000"),
  ]

  /// Run when connected: works behind a pooler, which takes no `options`. Times in errors are then UTC.
  var greeting: String {
    var script = "SET TimeZone = 'UTC'"
    if let statementTimeout { script += "; SET statement_timeout = \(milliseconds(statementTimeout))" }
    if let lockTimeout { script += "; SET lock_timeout = \(milliseconds(lockTimeout))" }
    if isReadOnly { script += "; SET default_transaction_read_only = on" }
    if let role {
      // Who is no member keeps what rights it has: a database of somebody's own may know no such role.
      let name = "'" + role.replacing("'", with: "''") + "'"
      script += "; SELECT set_config('role', \(name), false) FROM pg_roles WHERE rolname = \(name) "
        + "AND pg_has_role(oid, 'MEMBER')"
    }
    return script
  }

  private func milliseconds(_ duration: Duration) -> Int64 {
    // 0 would mean no limit.
    max(1, duration.components.seconds * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000)
  }
}

extension ConnectionSettings: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// `host=db.example port=5432 dbname=flux user=collector`: never a password.
  package var description: String {
    ["service", "host", "hostaddr", "port", "dbname", "user"].compactMap { key in named[key].map { "\(key)=\($0)" } }
      .joined(separator: " ")
  }

  package var debugDescription: String { description }

  /// `dump` and string interpolation of an enclosing value see only this.
  package var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
