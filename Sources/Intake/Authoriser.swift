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
  private let now: @Sendable () -> Instant
  private var token: Secret?
  private var tokenEnds = Instant(microseconds: .min)
  /// One renewal at a time: those who come meanwhile wait for its outcome.
  private var renewal: Task<Secret, any Error>?

  package init(
    feed: Feed, baseURL: RedactedURL, environment: [String: String], fetcher: Fetcher,
    now: @escaping @Sendable () -> Instant
  ) {
    auth = feed.auth
    self.baseURL = baseURL
    hostID = feed.host.id
    self.environment = environment
    self.fetcher = fetcher
    self.now = now
  }

  /// `request` with what the provider asks for.
  ///
  /// - Throws: ``CredentialError``; `FetchError` where a token had to be asked for and did not come.
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
    case .passwordToken:
      request.secretHeaders.append(Request.SecretHeader("Authorization", prefix: "Bearer ", try await bearer()))
    }
    return request
  }

  /// After a 401: the token is no longer good, whatever its age.
  ///
  /// - Returns: whether asking again can help.
  package func renew() -> Bool {
    guard case .passwordToken = auth else { return false }
    token = nil
    return true
  }

  /// Read anew at each use, so that a renewed file is taken up without a restart.
  private func secret(_ setting: String, required: Bool) throws -> Secret? {
    let value = try CredentialSetting.value(setting, in: environment)
    if value == nil, required { throw CredentialError.missing(setting: setting) }
    return value.map(Secret.init)
  }

  private func bearer() async throws -> Secret {
    if let token, now() < tokenEnds { return token }
    if let renewal { return try await renewal.value }
    let task = Task { try await self.askForToken() }
    renewal = task
    defer { renewal = nil }
    return try await task.value
  }

  private func askForToken() async throws -> Secret {
    guard case .passwordToken(let path, let username, let password, let lifetime, _) = auth else {
      throw CredentialError.noToken(host: hostID)
    }
    guard let name = try secret(username, required: true), let secret = try secret(password, required: true) else {
      throw CredentialError.noToken(host: hostID)
    }
    let form = "grant_type=password&username=\(percentEncoded(name.reveal()))&password=\(percentEncoded(secret.reveal()))"
    let response = try await fetcher.fetch(
      Request(
        .post, try baseURL.appending(path),
        headers: [Request.Header("Content-Type", "application/x-www-form-urlencoded")], body: Array(form.utf8),
        bodySecrets: [name, secret], expects: .json))
    guard let text = stringMember("access_token", of: response.body), !text.isEmpty else {
      throw CredentialError.noToken(host: hostID)
    }
    let secretToken = Secret(text)
    token = secretToken
    // A tenth of its life is left unused: a request on its way must not find it ended.
    tokenEnds = now().advanced(by: lifetime * 9 / 10)
    return secretToken
  }
}

/// A credential that a feed needs and that is not to be had.
package enum CredentialError: Error, CustomStringConvertible {
  case missing(setting: String)
  /// The provider's answer to the password was no token.
  case noToken(host: String)

  package var description: String {
    switch self {
    case .missing(let setting): "\(setting) is not set: set it, or \(setting)_FILE to the file that holds it"
    case .noToken(let host): "\(host) answered the password with something that is no access_token"
    }
  }
}
