import NIOSSL

/// How the API is served.
package struct APISettings: Sendable {
  package var address: ListenAddress
  /// Whom it answers where others than this machine can reach it.
  package var tokens: APITokens?
  /// nil for HTTP without TLS.
  package var certificate: Certificate?
  /// Somebody in front of it, on this machine or on a network of one's own, does TLS.
  package var isBehindProxy = false
  /// `https://desk.example`: whose scripts may read the answers, beside the server's own.
  package var origins: [String] = []
  package var limits = APILimits()
  /// Holds `api/openapi.yaml` and `page/`.
  package var shareFolder: String
  /// All values are made up.
  package var isSimulated = false

  package init(_ address: ListenAddress, shareFolder: String) {
    self.address = address
    self.shareFolder = shareFolder
  }

  /// Files of PEM.
  package struct Certificate: Hashable, Sendable {
    /// The server's certificate, then those that it was signed with.
    package let chain: String
    package let key: String

    package init(chain: String, key: String) {
      self.chain = chain
      self.key = key
    }

    func configuration() throws(UnreadableCertificate) -> TLSConfiguration {
      do {
        var configuration = TLSConfiguration.makeServerConfiguration(
          certificateChain: try NIOSSLCertificate.fromPEMFile(chain).map { .certificate($0) },
          privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        configuration.minimumTLSVersion = .tlsv12
        return configuration
      } catch { throw UnreadableCertificate(files: self, reason: "\(error)") }
    }
  }

  /// Nobody on this machine is asked for a token, unless a proxy brings others here.
  var neededTokens: APITokens? { address.isLoopback && !isBehindProxy ? nil : tokens }

  /// - Throws: where others than this machine could read, unseen or unasked.
  func check() throws(UnsafeAddress) {
    guard !address.isLoopback || isBehindProxy else { return }
    if tokens == nil { throw UnsafeAddress(address: address, lacks: .tokens) }
    if certificate == nil, !isBehindProxy { throw UnsafeAddress(address: address, lacks: .encryption) }
  }
}

/// Others than this machine could reach the API, and something that this takes is missing.
package struct UnsafeAddress: Error, Hashable, CustomStringConvertible {
  package enum Lack: Hashable, Sendable {
    case tokens, encryption
  }

  package let address: ListenAddress
  package let lacks: Lack

  package var description: String {
    switch lacks {
    case .tokens:
      "\(address) can be reached by others, who are answered only with a token: name a file of tokens with "
        + "FLUX_API_TOKENS_FILE, or bind to 127.0.0.1"
    case .encryption:
      "\(address) would send tokens and data in the clear: name a certificate and its key with FLUX_TLS_CERTIFICATE "
        + "and FLUX_TLS_KEY, say --behind-proxy where something in front of it does TLS, or bind to 127.0.0.1"
    }
  }
}

/// The files of TLS cannot be used.
package struct UnreadableCertificate: Error, Hashable, CustomStringConvertible {
  package let files: APISettings.Certificate
  package let reason: String

  package var description: String {
    "certificate \(files.chain) and key \(files.key) cannot be used: \(reason); both are files of PEM, and the key has "
      + "no password"
  }
}
