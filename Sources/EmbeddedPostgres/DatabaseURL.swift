/// A libpq connection string as the environment variables that say the same.
///
/// Programs get their connection this way because a process's arguments can be read by everybody on the machine, its
/// environment only by its user. Source: "Connection Strings" and "Environment Variables" of libpq's documentation.
package struct DatabaseURL: Sendable {
  /// PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGSSLMODE, …
  package let variables: [String: String]

  /// What is wrong with a connection string; never a part of it that could be a secret.
  package struct Malformed: Error, Equatable, CustomStringConvertible {
    package let reason: String
    package var description: String {
      "the database's address is not understood: \(reason); "
        + "write postgres://user@host:5432/database or \"host=… dbname=…\""
    }
  }

  /// - Parameter text: `postgres://user:password@host:5432/database?sslmode=require`, the same with several hosts or a
  ///   socket's folder, or `host=… port=… dbname=…`.
  package init(_ text: String) throws(Malformed) {
    var settings: [String: String]
    if let rest = Self.afterScheme(text) {
      settings = try Self.parse(address: rest)
    } else if text.contains("://") {
      throw Malformed(reason: "its scheme is neither postgres nor postgresql")
    } else {
      settings = try Self.parse(pairs: text)
    }
    // These tune a live connection and have no variable; a deployment does as well without them.
    for name in settings.keys where name.hasPrefix("keepalives") { settings[name] = nil }
    for name in ["tcp_user_timeout", "fallback_application_name", "replication"] { settings[name] = nil }
    var variables: [String: String] = [:]
    for (name, value) in settings {
      guard let variable = Self.variable[name] else { throw Malformed(reason: "the setting \"\(name)\" is unknown") }
      variables[variable] = value
    }
    self.variables = variables
  }

  private static let variable = [
    "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER",
    "password": "PGPASSWORD", "passfile": "PGPASSFILE", "service": "PGSERVICE", "options": "PGOPTIONS",
    "application_name": "PGAPPNAME", "connect_timeout": "PGCONNECT_TIMEOUT", "client_encoding": "PGCLIENTENCODING",
    "target_session_attrs": "PGTARGETSESSIONATTRS", "load_balance_hosts": "PGLOADBALANCEHOSTS",
    "channel_binding": "PGCHANNELBINDING", "require_auth": "PGREQUIREAUTH", "requirepeer": "PGREQUIREPEER",
    "sslmode": "PGSSLMODE", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "sslrootcert": "PGSSLROOTCERT",
    "sslcrl": "PGSSLCRL", "sslcrldir": "PGSSLCRLDIR", "sslsni": "PGSSLSNI", "sslcompression": "PGSSLCOMPRESSION",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION", "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "sslnegotiation": "PGSSLNEGOTIATION", "sslcertmode": "PGSSLCERTMODE", "gssencmode": "PGGSSENCMODE",
    "krbsrvname": "PGKRBSRVNAME", "gsslib": "PGGSSLIB", "gssdelegation": "PGGSSDELEGATION",
  ]

  private static func afterScheme(_ text: String) -> Substring? {
    for scheme in ["postgresql://", "postgres://"] where text.hasPrefix(scheme) { return text.dropFirst(scheme.count) }
    return nil
  }

  // MARK: - postgres://…

  private static func parse(address: Substring) throws(Malformed) -> [String: String] {
    var settings: [String: String] = [:]
    let parts = address.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let place = parts[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    var hosts = place[0]
    if let at = hosts.lastIndex(of: "@") {
      let person = hosts[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      if !person[0].isEmpty { settings["user"] = try decoded(person[0]) }
      if person.count > 1 { settings["password"] = try decoded(person[1]) }
      hosts = hosts[hosts.index(after: at)...]
    }
    try read(hosts: hosts, into: &settings)
    if place.count > 1, !place[1].isEmpty { settings["dbname"] = try decoded(place[1]) }
    if parts.count > 1 {
      for pair in parts[1].split(separator: "&") {
        let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2 else { throw Malformed(reason: "a setting after ? has no value") }
        let name = try decoded(sides[0])
        // JDBC's spelling, which libpq takes as well.
        if name == "ssl", sides[1] == "true" { settings["sslmode"] = "require" } else {
          settings[name] = try decoded(sides[1])
        }
      }
    }
    return settings
  }

  private static func read(hosts: Substring, into settings: inout [String: String]) throws(Malformed) {
    var names: [String] = []
    var ports: [String] = []
    for host in hosts.split(separator: ",", omittingEmptySubsequences: false) {
      var name = host
      var port: Substring = ""
      if host.hasPrefix("[") {
        guard let end = host.firstIndex(of: "]") else { throw Malformed(reason: "a [ in its host is not closed") }
        name = host[host.index(after: host.startIndex)..<end]
        let rest = host[host.index(after: end)...]
        guard rest.isEmpty || rest.hasPrefix(":") else { throw Malformed(reason: "only :port may follow a host's ]") }
        port = rest.dropFirst()
      } else if let colon = host.firstIndex(of: ":") {
        name = host[..<colon]
        port = host[host.index(after: colon)...]
      }
      guard port.allSatisfy({ $0.isASCII && $0.isNumber }) else { throw Malformed(reason: "its port is not a number") }
      names.append(try decoded(name))
      ports.append(String(port))
    }
    if names.contains(where: { !$0.isEmpty }) { settings["host"] = names.joined(separator: ",") }
    if ports.contains(where: { !$0.isEmpty }) { settings["port"] = ports.joined(separator: ",") }
  }

  private static func decoded(_ text: Substring) throws(Malformed) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst(), let low = rest.popFirst(),
        let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16), value != 0
      else { throw Malformed(reason: "a % in it is not followed by two hexadecimal digits (write %25 for % itself)") }
      bytes.append(value)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  // MARK: - host=… dbname=…

  private static func parse(pairs text: String) throws(Malformed) -> [String: String] {
    var settings: [String: String] = [:]
    var rest = Substring(text)
    while true {
      rest = rest.drop { $0.isWhitespace }
      guard !rest.isEmpty else { break }
      guard let equals = rest.firstIndex(of: "=") else { throw Malformed(reason: "a setting has no =") }
      let name = rest[..<equals].trimmed
      guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }), !name.isEmpty else {
        throw Malformed(reason: "a setting's name has characters other than letters and _")
      }
      rest = rest[rest.index(after: equals)...].drop { $0.isWhitespace }
      settings[name] = try value(&rest)
    }
    return settings
  }

  /// One value, to the next white space or within '…'; \' and \\ stand for themselves.
  private static func value(_ rest: inout Substring) throws(Malformed) -> String {
    let quoted = rest.first == "'"
    if quoted { rest.removeFirst() }
    var value = ""
    while let next = rest.popFirst() {
      if next == "\\", let escaped = rest.popFirst() {
        value.append(escaped)
      } else if quoted && next == "'" {
        return value
      } else if !quoted && next.isWhitespace {
        return value
      } else {
        value.append(next)
      }
    }
    if quoted { throw Malformed(reason: "a ' in it is not closed") }
    return value
  }
}
