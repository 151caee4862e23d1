internal import Market

/// One HTTP request as a value.
package struct Request: Sendable {
  package enum Method: String, Sendable, Hashable { case get = "GET", post = "POST" }

  package struct Header: Sendable, Hashable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package struct SecretHeader: Sendable, Hashable {
    package let name: String
    /// Put before the credential as it is: `Bearer `.
    package let prefix: String
    package let secret: Secret

    package init(_ name: String, prefix: String = "", _ secret: Secret) {
      self.name = name
      self.prefix = prefix
      self.secret = secret
    }
  }

  /// What the caller can read. Where it is not `anything`, a web page instead of it is an error: proxies, and wrong
  /// addresses, answer 200 with one.
  package enum Expectation: String, Sendable, Hashable {
    case anything = "*/*"
    case json = "application/json"
    case csv = "text/csv"

    /// Why a reply of this type is not read; nil where it may well be what was asked for, since few servers are exact.
    func reasonAgainst(_ type: String) -> FetchError.Reason? {
      if self == .anything { return nil }
      if type == "text/html" || type == "application/xhtml+xml" { return .webPage(type) }
      let isOther = ["image/", "audio/", "video/", "font/"].contains { type.hasPrefix($0) }
        || ["application/pdf", "application/zip", "application/xml", "text/xml"].contains(type)
      return isOther ? .wrongType(type) : nil
    }
  }

  package var method: Method
  package var url: RedactedURL
  package var headers: [Header]
  package var secretHeaders: [SecretHeader]
  /// Sent as it is; its Content-Type is one of `headers`.
  package var body: [UInt8]?
  /// Credentials inside `body`, which an error's text must not repeat.
  package var bodySecrets: [Secret]
  package var expects: Expectation
  package var limits: Limits
  /// Over a connection of its own, for a host that counts every call: libcurl sends a request again by itself where a
  /// connection that it used before breaks without a word.
  package var isSentOnce: Bool

  package init(
    _ method: Method = .get, _ url: RedactedURL, headers: [Header] = [], secretHeaders: [SecretHeader] = [],
    body: [UInt8]? = nil, bodySecrets: [Secret] = [], expects: Expectation = .anything, limits: Limits = Limits(),
    isSentOnce: Bool = false
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.secretHeaders = secretHeaders
    self.body = body
    self.bodySecrets = bodySecrets
    self.expects = expects
    self.limits = limits
    self.isSentOnce = isSentOnce
  }

  /// Every credential that it carries, as it may come back in a server's answer.
  var secrets: [String] {
    let plain = url.secrets + secretHeaders.map { $0.secret.reveal() } + bodySecrets.map { $0.reveal() }
    // As JSON, a form and a web page would repeat them.
    let written = plain.flatMap { secret in
      let escaped = secret.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      return [
        escaped, escaped.replacing("/", with: "\\/"), secret.replacing("&", with: "&amp;"), percentEncoded(secret),
      ]
    }
    return plain + Set(written).subtracting(plain).sorted()
  }

  /// The header that would smuggle in another line, as a token read from a file with its line break does.
  var brokenHeader: String? {
    func isBroken(_ text: String) -> Bool { text.utf8.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F } }
    return headers.first { isBroken($0.name) || isBroken($0.value) }?.name
      ?? secretHeaders.first { isBroken($0.name) || isBroken($0.prefix + $0.secret.reveal()) }?.name
  }
}

extension Request: CustomStringConvertible, CustomReflectable {
  package var description: String { "\(method.rawValue) \(url)" }
  /// The body may hold a password, so a mirror shows nothing.
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// How long and how much one request may take.
package struct Limits: Sendable, Hashable {
  /// Name, TCP and TLS together: 10 s. A server that does not shake hands by then is not there.
  package var connect: Duration
  /// From the moment a connection is free for it to the last byte, redirects included: 120 s.
  package var total: Duration
  /// Below this many bytes a second for as long as `slowFor` the transfer is given up: 100.
  package var slowest: Int
  /// 30 s, in whole seconds; the wait for the first byte counts.
  package var slowFor: Duration
  /// Bytes of the body after decompression: 64 MiB. Six years of the Portal's prices are 3.6 MB.
  package var maximumBody: Int

  package init(
    connect: Duration = .seconds(10), total: Duration = .seconds(120), slowest: Int = 100,
    slowFor: Duration = .seconds(30), maximumBody: Int = 64 << 20
  ) {
    self.connect = connect
    self.total = total
    self.slowest = slowest
    self.slowFor = slowFor
    self.maximumBody = maximumBody
  }
}
