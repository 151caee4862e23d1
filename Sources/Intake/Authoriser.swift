import Decode
package import Feeds
package import Fetch
package import Market

/// Puts a feed's credentials into its requests; a password becomes a token once, and again when it has expired.
package actor Authoriser {
  private let auth: Authentication
  private let baseURL: RedactedURL
  private let hostID: String
  private let environment: [String: String]
  private let fetcher: Fetcher
  private let gate: HostGate
  private let now: @Sendable () -> Instant
  /// One token request at a time: those who come meanwhile find its token, or ask in their turn.
  private let turn: HostGate
  private var token: Secret?
  private var tokenEnds = Instant(microseconds: .min)
  private var refusal: Refusal?

  /// A password that the provider refused.
  private struct Refusal {
    let credentials: [Secret]
    let error: CredentialError
    let holdsUntil: Instant
  }

  /// A refused password is not sent again for so long, unless it was changed: providers lock accounts that try on.
  private static let restAfterRefusal = Duration.minutes(5)

  /// - Parameter gate: the host's; asking for a token spends one of its permits too.
  package init(
    feed: Feed, baseURL: RedactedURL, environment: [String: String], fetcher: Fetcher, gate: HostGate,
    now: @escaping @Sendable () -> Instant
  ) {
    auth = feed.auth
    self.baseURL = baseURL
    hostID = feed.host.id
    self.environment = environment
    self.fetcher = fetcher
    self.gate = gate
    self.now = now
    turn = HostGate(
      Host(id: feed.host.id, baseURL: feed.host.baseURL, rate: .unlimited, atOnce: 1, isStrict: false), now: now,
      sleep: { _ in }, health: nil)
  }

  /// `request` with what the provider asks for. Not to be called with a permit in hand: a token needs one of its own.
  ///
  /// - Throws: ``CredentialError``, `CredentialSetting.Unreadable`; `FetchError` where a token had to be asked for and
  ///   did not come; `CancellationError`.
  package func authorise(_ request: Request) async throws -> Request {
    var request = request
    switch auth {
    case .none: break
    case .header(let name, let setting, let required):
      if let secret = try secret(setting, required: required) {
        request.secretHeaders.append(Request.SecretHeader(name, secret))
      }
    case .query(let name, let setting, let required):
      if let secret = try secret(setting, required: required) {
        request.url = try request.url.adding(name, secret)
      }
    case .passwordToken(let path, let username, let password, let lifetime, _):
      if validToken == nil {
        try await turn.withPermit { try await renewToken(path, [username, password], lifetime) }
      }
      if let token { request.secretHeaders.append(Request.SecretHeader("Authorization", prefix: "Bearer ", token)) }
    }
    return request
  }

  /// After a 401 to `request`: its token is no longer good, whatever its age.
  ///
  /// - Returns: whether asking again can help.
  package func renew(after request: Request) -> Bool {
    guard case .passwordToken = auth else { return false }
    // Another call may have brought a new one meanwhile.
    if let token, request.secretHeaders.contains(where: { $0.secret == token }) { self.token = nil }
    return true
  }

  private var validToken: Secret? { now() < tokenEnds ? token : nil }

  /// Read anew at each use, so that a renewed file is taken up without a restart.
  private func secret(_ setting: String, required: Bool) throws -> Secret? {
    let value = try CredentialSetting.value(setting, in: environment)
    if value == nil, required { throw CredentialError.missing(setting: setting) }
    return value.map(Secret.init)
  }

  private func renewToken(_ path: String, _ settings: [String], _ lifetime: Duration) async throws {
    guard validToken == nil else { return }
    let credentials = try settings.compactMap { try secret($0, required: true) }
    if let refusal, refusal.credentials == credentials, now() < refusal.holdsUntil { throw refusal.error }
    let pairs = zip(["username", "password"], credentials).map { "\($0)=\(percentEncoded($1.reveal()))" }
    let form = "grant_type=password&" + pairs.joined(separator: "&")
    let request = Request(
      .post, try baseURL.appending(path),
      headers: [Request.Header("Content-Type", "application/x-www-form-urlencoded")], body: Array(form.utf8),
      bodySecrets: credentials, expects: .json)
    do {
      let response = try await gate.withPermit { try await fetcher.fetch(request) }
      guard let text = stringMember("access_token", of: response.body), !text.isEmpty else {
        throw CredentialError.noToken(host: hostID)
      }
      token = Secret(text)
    } catch let error as FetchError where [400, 401, 403].contains(error.status) {
      let refused = CredentialError.refused(host: hostID, settings: settings, said: error.serverSaid)
      refusal = Refusal(
        credentials: credentials, error: refused, holdsUntil: now().advanced(by: Self.restAfterRefusal))
      throw refused
    }
    refusal = nil
    // A tenth of its life is left unused: a request on its way must not find it ended.
    tokenEnds = now().advanced(by: lifetime * 9 / 10)
  }
}

/// A credential that a feed needs and that is not to be had.
package enum CredentialError: Error, CustomStringConvertible {
  case missing(setting: String)
  /// The provider does not take the password; with what it wrote.
  case refused(host: String, settings: [String], said: String?)
  /// The provider's answer to the password was no token.
  case noToken(host: String)

  package var description: String {
    switch self {
    case .missing(let setting): "\(setting) is not set: set it, or \(setting)_FILE to the file that holds it"
    case .refused(let host, let settings, let said):
      "\(host) refused the password\(said.map { " (\($0))" } ?? ""): check \(settings.joined(separator: " and "))"
    case .noToken(let host): "\(host) answered the password with something that is no access_token"
    }
  }
}
