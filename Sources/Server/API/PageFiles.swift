import Crypto
import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore

/// The desk's page and the contract, as they lie in the share folder.
///
/// They are read at each request, which is seldom: what was installed anew is served at once.
struct PageFiles: Sendable {
  private let folder: String

  /// - Parameter folder: holds `page/` and `api/openapi.yaml`.
  init(folder: String) { self.folder = folder }

  /// No script, style or picture but the server's own, and none inside its text.
  private static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    + "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  private static let types = [
    "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml", "png": "image/png", "ico": "image/x-icon", "woff2": "font/woff2",
    "json": "application/json", "webmanifest": "application/manifest+json", "map": "application/json",
  ]

  func index(_ request: Request, _ context: APIContext) throws -> Response {
    try Self.noParameters(request)
    guard let response = answer(request, "page/index.html") else {
      throw Problem(
        .notFound, .pageNotInstalled,
        "the page is not installed here: it belongs into the folder page/ of the share folder; /openapi.yaml says what "
          + "else is answered")
    }
    return response
  }

  func document(_ request: Request, _ context: APIContext) throws -> Response {
    try Self.noParameters(request)
    guard let response = answer(request, "api/openapi.yaml", type: "application/yaml") else {
      throw Problem(
        .notFound, .pageNotInstalled, "openapi.yaml is not installed here: it belongs into api/ of the share folder")
    }
    return response
  }

  /// A file of the page, or of a folder in it.
  func file(_ request: Request, _ context: APIContext) throws -> Response {
    // As they were sent: a name that needs decoding is none of ours.
    let names = [context.parameters.get("name"), context.parameters.get("inner")].compactMap { $0 }
    guard names.allSatisfy(Self.isName), let response = answer(request, "page/" + names.joined(separator: "/")) else {
      throw Problem(.notFound, .noSuchPath, "there is nothing here: /openapi.yaml lists what there is")
    }
    return response
  }

  /// Letters, digits, `-`, `_` and dots between them: neither a way out of the folder nor a hidden file.
  private static func isName(_ name: String) -> Bool {
    let isPlain = name.utf8.allSatisfy { byte in
      (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D
        || byte == 0x5F || byte == 0x2E
    }
    return isPlain && !name.isEmpty && name.utf8.count <= 100 && !name.hasPrefix(".") && !name.contains("..")
  }

  private static func noParameters(_ request: Request) throws(Problem) {
    if let name = request.uri.queryParameters.first?.key, !name.isEmpty {
      throw Problem(.badRequest, .unknownParameter, "there are no parameters here", parameter: String(name))
    }
  }

  private func answer(_ request: Request, _ path: String, type: String? = nil) -> Response? {
    guard let content = FileManager.default.contents(atPath: "\(folder)/\(path)") else { return nil }
    let ending = path.split(separator: ".").last.map(String.init) ?? ""
    let type = type ?? Self.types[ending] ?? "text/plain; charset=utf-8"
    return request.unlessKnown(
      EntityTag(of: content),
      [.contentType: type, .cacheControl: "no-cache", .contentSecurityPolicy: Self.policy]
    ) { ResponseBody(byteBuffer: ByteBuffer(bytes: content)) }
  }
}

/// What names a content: the first 64 bits of its SHA-256 (RFC 9110, section 8.8.3).
struct EntityTag: Hashable {
  let text: String

  init(of content: some DataProtocol) {
    text = "\"\(SHA256.hash(data: content).prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())\""
  }

  /// - Parameter header: If-None-Match.
  func isKnown(to header: String?) -> Bool {
    guard let header else { return false }
    return header.split(separator: ",").contains { entry in
      let tag = entry.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
      // Compressed by somebody in between it is the same for our purposes.
      let known = String(tag)
      return known == "*" || known == text || known == "W/\(text)"
    }
  }
}

extension Request {
  /// The content, or word that it has not changed.
  func unlessKnown(_ tag: EntityTag, _ headers: HTTPFields, _ body: () -> ResponseBody) -> Response {
    var headers = headers
    headers[.eTag] = tag.text
    guard !tag.isKnown(to: self.headers[.ifNoneMatch]) else {
      headers[.contentType] = nil
      return Response(status: .notModified, headers: headers)
    }
    return Response(status: .ok, headers: headers, body: body())
  }
}
