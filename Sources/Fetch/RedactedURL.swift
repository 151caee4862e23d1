import CCurl
internal import Market

/// An absolute URL that cannot print its secrets: user and password, and the values of secret query parameters.
///
/// Read by libcurl's own parser (`curl_url_set`), so that the host that is checked is the host that is called.
package struct RedactedURL: Sendable, Hashable {
  /// In lower case: `https`.
  package let scheme: String
  /// In lower case; an IPv6 address in brackets. Empty in a `file:` URL.
  package let host: String
  /// The scheme's own where the text has none; 0 where the scheme has none.
  package let port: Int
  /// As sent, with its leading `/`.
  package let path: String
  private let query: String?
  private let credentials: String?
  private let secretParameters: Set<String>
  private let showsPort: Bool
  /// Scheme, host and port: what may see our credentials.
  package let origin: String
  /// Whether the host is this machine: 127.0.0.0/8, `[::1]`, or `localhost`, which libcurl never asks DNS for.
  package let isLoopback: Bool

  /// Parameters that are secret wherever they occur, also in a URL that a user typed into a setting.
  private static let alwaysSecret: Set<String> = [
    "access_token", "api-key", "api_key", "apikey", "key", "password", "scriptingkey", "secret", "sig", "signature",
    "token",
  ]

  /// - Parameters:
  ///   - text: an absolute URL, `https://data.elexon.co.uk/bmrs/api/v1`. A fragment is dropped.
  ///   - secretParameters: names of query parameters whose values are never printed.
  package init(_ text: String, secretParameters: Set<String> = []) throws(InvalidURL) {
    guard let handle = curl_url() else { throw InvalidURL(reason: "out of memory") }
    defer { curl_url_cleanup(handle) }
    // Schemes that libcurl does not know are read as well, so that they can be refused by name.
    let code = curl_url_set(handle, CURLUPART_URL, text, UInt32(CURLU_NON_SUPPORT_SCHEME))
    guard code == CURLUE_OK else { throw InvalidURL(reason: String(cString: curl_url_strerror(code))) }

    func part(_ part: CURLUPart, _ flags: Int32 = 0) -> String? {
      var text: UnsafeMutablePointer<CChar>?
      guard curl_url_get(handle, part, &text, UInt32(flags)) == CURLUE_OK, let text else { return nil }
      defer { curl_free(text) }
      return String(cString: text)
    }
    scheme = (part(CURLUPART_SCHEME) ?? "").lowercased()
    host = (part(CURLUPART_HOST) ?? "").lowercased()
    showsPort = part(CURLUPART_PORT) != nil
    port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT).flatMap { Int($0) } ?? 0
    path = part(CURLUPART_PATH) ?? "/"
    query = part(CURLUPART_QUERY)
    let user = part(CURLUPART_USER)
    let password = part(CURLUPART_PASSWORD)
    credentials = user == nil && password == nil ? nil : (user ?? "") + (password.map { ":" + $0 } ?? "")
    self.secretParameters = Set(secretParameters.map { $0.lowercased() })
    origin = "\(scheme)://\(host):\(port)"
    isLoopback = host == "localhost" || host == "[::1]" || Self.isOfLoopback(host)
  }

  private static func isOfLoopback(_ host: String) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// `base` with another path and query.
  private init(_ base: RedactedURL, path: String, query: String?) {
    (scheme, host, port, origin) = (base.scheme, base.host, base.port, base.origin)
    (showsPort, isLoopback) = (base.showsPort, base.isLoopback)
    (credentials, secretParameters) = (base.credentials, base.secretParameters)
    (self.path, self.query) = (path, query)
  }

  /// This URL with a path, and perhaps a query, after its own: how a feed's template meets its host's base URL.
  package func appending(_ pathAndQuery: String) throws(InvalidURL) -> RedactedURL {
    let cut = pathAndQuery.utf8.firstIndex(of: UInt8(ascii: "?"))
    let base = path.hasSuffix("/") ? String(path.dropLast()) : path
    let more = pathAndQuery[..<(cut ?? pathAndQuery.endIndex)]
    let added = cut.map { String(pathAndQuery[pathAndQuery.utf8.index(after: $0)...]) }
    let query = self.query.map { $0 + (added.map { "&" + $0 } ?? "") } ?? added
    let path = base + (more.hasPrefix("/") || more.isEmpty ? more : "/" + more)
    // Nearly every request, and nothing in it that libcurl would read otherwise than it stands.
    if Self.isPlain(path), query.map(Self.isPlain) ?? true { return RedactedURL(self, path: path, query: query) }
    return try RedactedURL(
      root(with: credentials) + path + (query.map { "?" + $0 } ?? ""), secretParameters: secretParameters)
  }

  /// Letters, digits and what separates them, without the dots that lead to other folders.
  private static func isPlain(_ text: String) -> Bool {
    var before = UInt8(ascii: "/")
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"),
        UInt8(ascii: "%"), UInt8(ascii: "&"), UInt8(ascii: "="), UInt8(ascii: ","), UInt8(ascii: ":"):
        break
      case UInt8(ascii: ".") where before != UInt8(ascii: "/"): break
      default: return false
      }
      before = byte
    }
    return !text.isEmpty
  }

  /// This URL with one more query parameter, whose value is never printed.
  package func adding(_ name: String, _ secret: Secret) throws(InvalidURL) -> RedactedURL {
    let pair = percentEncoded(name) + "=" + percentEncoded(secret.reveal())
    return try RedactedURL(
      revealed() + (query == nil ? "?" : "&") + pair, secretParameters: secretParameters.union([name]))
  }

  /// The whole URL, secrets included: for libcurl, not for people.
  package func revealed() -> String { root(with: credentials) + path + (query.map { "?" + $0 } ?? "") }

  /// Where a redirect or a path that a server sent leads to, with what is secret here secret there.
  func redirected(to text: String) throws(InvalidURL) -> RedactedURL {
    try RedactedURL(text, secretParameters: secretParameters)
  }

  /// What an answer to this URL must not repeat in an error's text, as written and as decoded.
  var secrets: [String] {
    var found = (credentials ?? "").split(separator: ":").map(String.init)
    for pair in (query ?? "").split(separator: "&") {
      guard let equals = pair.firstIndex(of: "="), isSecret(pair[..<equals]) else { continue }
      found.append(String(pair[pair.index(after: equals)...]))
    }
    return found + found.map(percentDecoded)
  }

  private func isSecret(_ name: Substring) -> Bool {
    let name = percentDecoded(String(name)).lowercased()
    return secretParameters.contains(name) || Self.alwaysSecret.contains(name)
  }

  private func root(with user: String?) -> String {
    "\(scheme)://" + (user.map { $0 + "@" } ?? "") + host + (showsPort ? ":\(port)" : "")
  }
}

extension RedactedURL: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String {
    var text = root(with: credentials == nil ? nil : Secret.mask) + path
    guard let query else { return text }
    let pairs = query.split(separator: "&", omittingEmptySubsequences: false).map { pair in
      guard let equals = pair.firstIndex(of: "="), isSecret(pair[..<equals]) else { return String(pair) }
      return pair[...equals] + Secret.mask
    }
    text += "?" + pairs.joined(separator: "&")
    return text
  }

  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// A text that is no absolute URL. The text itself may hold a credential and is not repeated.
package struct InvalidURL: Error, Sendable, Hashable, CustomStringConvertible {
  let reason: String

  package var description: String {
    "not a URL (\(reason)); write it in full, https://host/path, with anything unusual percent-encoded"
  }
}

private func percentDecoded(_ text: String) -> String {
  guard !text.isEmpty, let plain = curl_easy_unescape(nil, text, Int32(text.utf8.count), nil) else { return text }
  defer { curl_free(plain) }
  return String(cString: plain)
}
