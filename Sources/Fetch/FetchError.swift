/// Why a request brought no reply of status 2xx, sorted by what the caller may do about it.
package struct FetchError: Error, Sendable, Hashable {
  /// What the caller may do.
  package enum Remedy: Sendable, Hashable {
    /// The same request may succeed later; not before the pause that the server asked for, where it did.
    case again(after: Duration?)
    /// The same request would fail again: something in it, or in what we may see, has to change.
    case notAgain
    /// The credential is no longer good: get another one, then ask again.
    case renewCredentials
    /// We would not send it, or would not take the answer: a matter of safety or of a setting.
    case refused
    /// Nobody waits for it any longer.
    case cancelled
  }

  package enum Reason: Sendable, Hashable {
    case unknownHost(String)
    case connectionFailed(String)
    case timedOut(String)
    /// The connection broke before the reply was here in full.
    case broken(String)
    /// A status other than 2xx.
    case status(Int)
    /// A web page where data was asked for; with its content type.
    case webPage(String)
    /// Something else that is no data, such as a picture; with its content type.
    case wrongType(String)
    case tooLarge(limit: Int)
    case corruptCompression(String)
    case untrustedServer(String)
    case redirected(String)
    case badScheme
    case badHeader(String)
    case cancelled
    case shutDown
    case transport(String)
  }

  package let remedy: Remedy
  package let reason: Reason
  package let method: Request.Method
  package let url: RedactedURL
  /// What the server wrote into the body of its refusal, in one line of at most 200 bytes.
  package let serverSaid: String?
  /// How the reply began, as far as it came and is of use to whoever looks into it: up to 4 KiB, no secret in it.
  package let sample: String?

  /// The HTTP status that it answered with; nil where there was no answer, or none worth reading.
  package var status: Int? { if case .status(let code) = reason { code } else { nil } }

  /// Whether a reply came that somebody has to look into, and not only a host in trouble or one that asks for patience.
  package var concernsReply: Bool {
    switch reason {
    case .webPage, .wrongType, .tooLarge, .corruptCompression, .redirected: true
    case .status: remedy == .notAgain
    default: sample != nil
    }
  }

  package init(
    _ request: Request, _ remedy: Remedy, _ reason: Reason, url: RedactedURL? = nil, serverSaid: String? = nil,
    sample: String? = nil
  ) {
    self.remedy = remedy
    self.reason = reason
    self.method = request.method
    self.url = url ?? request.url
    self.serverSaid = serverSaid
    self.sample = sample
  }

  /// A reply whose status is not 2xx. Codes of RFC 9110, section 15; 425 of RFC 8470; 429 of RFC 6585.
  static func remedy(forStatus status: Int, retryAfter: Duration?) -> Remedy {
    switch status {
    case 401: .renewCredentials
    case 408, 425, 429: .again(after: retryAfter)
    case 501, 505, 511: .notAgain
    case 500...: .again(after: retryAfter)
    default: .notAgain
    }
  }
}

extension FetchError: CustomStringConvertible {
  /// One line: what was asked, what happened, what the server said, what to do. No secret is in it.
  package var description: String {
    var text = "\(method.rawValue) \(url): \(what)"
    if let serverSaid { text += ": \(serverSaid)" }
    if let advice { text += "; \(advice)" }
    return text
  }

  private var place: String { "\(url.host) port \(url.port)" }

  /// What happened, without what was asked and what to do.
  package var what: String {
    switch reason {
    case .unknownHost(let host): "the name \(host) is unknown to DNS"
    case .connectionFailed(let detail): "no connection to \(place) (\(detail))"
    case .timedOut(let detail): detail
    case .broken(let detail): "the connection broke before the whole reply was here (\(detail))"
    case .status(let code): "the server answered \(code)\(Self.names[code].map { " " + $0 } ?? "")"
    case .webPage(let type): "a web page (\(type)) came instead of data"
    case .wrongType(let type): "\(type) came instead of data"
    case .tooLarge(let limit): "the reply is larger than \(limit) bytes, the limit for it"
    case .corruptCompression(let detail): "the compressed reply cannot be unpacked (\(detail))"
    case .untrustedServer(let detail): "the server's certificate is not trusted (\(detail))"
    case .redirected(let detail): detail
    case .badScheme: "\(url.scheme) is not allowed here"
    case .badHeader(let name): "the value of the header \(name) has a line break or another control character"
    case .cancelled: "cancelled"
    case .shutDown: "the fetcher was shut down"
    case .transport(let detail): "the transfer failed (\(detail))"
    }
  }

  private var advice: String? {
    switch reason {
    case .unknownHost: return "check the address and this machine's name service"
    case .connectionFailed: return "check the address, firewall and proxy; tried again later"
    case .webPage, .wrongType: return "check that the address is the API's and not the website's"
    case .tooLarge: return "ask for a shorter window"
    case .untrustedServer: return "check the address, the clock and the package ca-certificates"
    case .redirected: return "set the address that you mean; a redirect to another host is never followed"
    case .badScheme: return "use https; plain http is for this machine alone (127.0.0.1, [::1], localhost)"
    case .badHeader: return "check the setting or file that it comes from"
    case .corruptCompression, .timedOut, .broken, .transport, .cancelled, .shutDown: break
    case .status(401): return "renew the credential"
    case .status(403): return "check that the credential may see this"
    case .status(404): return "check the address"
    case .status(407): return "check the credential of the proxy (https_proxy)"
    case .status: break
    }
    switch remedy {
    case .again(let pause?): return "asked to wait \(pause.components.seconds) s"
    case .notAgain: return "the request has to change"
    default: return nil
    }
  }

  private static let names = [
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    407: "Proxy Authentication Required", 408: "Request Timeout", 410: "Gone", 422: "Unprocessable Content",
    429: "Too Many Requests", 500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Gateway Timeout",
  ]
}
