package import Market

/// A reply of status 2xx, received in full.
package struct Response: Sendable {
  package enum HTTPVersion: String, Sendable, Hashable {
    case http1_0 = "1.0", http1_1 = "1.1", http2 = "2", http3 = "3"
  }

  package let status: Int
  package let headers: Headers
  /// Decompressed. The very buffer that the bytes arrived in: `body.span` reads it without a copy.
  package let body: [UInt8]
  /// When the last byte was here, by the fetcher's clock.
  package let arrivedAt: Instant
  package let version: HTTPVersion
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

  /// Without its parameters and in lower case, `application/json`; nil where the server does not say.
  package var contentType: String? { headers.contentType }
}

/// The fields of a reply's header, in the order sent.
package struct Headers: Sendable, Hashable {
  package let fields: [Request.Header]

  package init(_ fields: [Request.Header]) { self.fields = fields }

  /// The first field of that name, whatever its case; nil where there is none.
  package subscript(name: String) -> String? {
    let name = name.lowercased()
    return fields.first { $0.name.lowercased() == name }?.value
  }

  var contentType: String? {
    guard let value = self["Content-Type"] else { return nil }
    let type = value.prefix { $0 != ";" }.lowercased()
    return String(type.drop { $0 == " " }.prefix { $0 != " " })
  }
}
