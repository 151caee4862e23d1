import HTTPTypes
import Hummingbird
import Logging

/// What holds for every answer: a thrown error becomes a problem document here and nowhere else.
struct Manners: RouterMiddleware {
  let logger: Logger

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    var response: Response
    do { response = try await next(request, context) } catch {
      response = Problem(error, logger: logger).response
    }
    // Nothing of ours is to be guessed at, framed, or told where its reader came from.
    response.headers[.xContentTypeOptions] = "nosniff"
    if response.headers[.contentSecurityPolicy] == nil {
      response.headers[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
    }
    response.headers[.referrerPolicy] = "no-referrer"
    return response
  }
}

extension HTTPField.Name {
  fileprivate static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
}

/// Who is answered, and what: methods, tokens, and scripts of other origins.
struct Access: RouterMiddleware {
  /// nil where everybody who can reach the server is.
  let tokens: APITokens?
  /// `https://desk.example`: whose scripts may read the answers. Empty for none but the server's own.
  let origins: [String]

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    var response = try await answer(request, context, next)
    guard !origins.isEmpty else { return response }
    // Caches must not hand one origin's answer to another.
    response.headers.append(HTTPField(name: .vary, value: "Origin"))
    if let origin = request.headers[.origin], origins.contains(origin) {
      response.headers[.accessControlAllowOrigin] = origin
      response.headers[.accessControlExposeHeaders] =
        "ETag, Retry-After, Flux-As-Of, Flux-Newest-Time, Flux-Age, Flux-Complete, Flux-Thinned"
    }
    return response
  }

  private func answer(
    _ request: Request, _ context: APIContext, _ next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    switch request.method {
    case .options:
      // Before a token is asked for: a browser's question whether it may ask carries none.
      var headers: HTTPFields = [.allow: API.methods]
      if let origin = request.headers[.origin], origins.contains(origin) {
        headers[.accessControlAllowMethods] = API.methods
        headers[.accessControlAllowHeaders] = "Authorization, If-None-Match, Last-Event-ID"
        headers[.accessControlMaxAge] = "600"
      }
      return Response(status: .noContent, headers: headers)
    case .get, .head:
      if let tokens, !tokens.allow(authorization: request.headers[.authorization]) {
        throw Problem(.unauthorized, .tokenNeeded, "a token of this server's file of tokens is needed")
      }
      do { return try await next(request, context) } catch let error where !origins.isEmpty {
        // Said here already, so that scripts of the origins can read the problem, too.
        return Problem(error, logger: context.logger).response
      }
    default:
      throw Problem(
        .methodNotAllowed, .methodNotAllowed,
        "\(request.method.rawValue) is not answered here: GET, HEAD and OPTIONS are")
    }
  }
}
