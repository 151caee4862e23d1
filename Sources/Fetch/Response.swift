package import Market

/// A reply of status 2xx, received in full.
package struct Response: Sendable {
  package let status: Int
  /// Without its parameters and in lower case, `application/json`; nil where the server does not say.
  package let contentType: String?
  /// Decompressed. The very buffer that the bytes arrived in: `body.span` reads it without a copy.
  package let body: [UInt8]
  /// When the last byte was here, by the fetcher's clock.
  package let arrivedAt: Instant
  /// What answered in the end, after redirects.
  package let url: RedactedURL
  let secrets: [Secret]

  /// A piece of the body for people, with the request's credentials masked, should the server have repeated them.
  package func masking(_ text: String) -> String { text.masking(secrets.map { $0.reveal() }) }

  /// The body with the request's credentials masked, for whoever keeps it.
  package var maskedBody: [UInt8] {
    secrets.map { Array($0.reveal().utf8) }.filter { $0.count >= 4 }
      .reduce(body) { $0.replacing($1, with: Array(Secret.mask.utf8)) }
  }
}

/// `application/json` of `Application/JSON; charset=utf-8`.
func mediaType(_ field: String) -> String {
  let type = field.utf8.drop { $0 == UInt8(ascii: " ") }
    .prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
  return String(Substring(type)).lowercased()
}
