import HTTPTypes
import Hummingbird
import Logging
import Market
import NIOCore
import Postgres
import Store

/// Why a request is not answered, as a problem document (RFC 9457).
struct Problem: Error, Hashable {
  /// Part of the contract: for programs, and never renamed.
  enum Code: String {
    case malformedParameter = "malformed_parameter"
    case unknownParameter = "unknown_parameter"
    case missingParameter = "missing_parameter"
    case repeatedParameter = "repeated_parameter"
    case tokenNeeded = "token_needed"
    case unknownSignal = "unknown_signal"
    case unknownDevice = "unknown_device"
    case unknownCursor = "unknown_cursor"
    case noSuchPath = "no_such_path"
    case pageNotInstalled = "page_not_installed"
    case methodNotAllowed = "method_not_allowed"
    case requestTooLarge = "request_too_large"
    case databaseAway = "database_away"
    case databaseRefused = "database_refused"
    case tooSlow = "too_slow"
    case tooManyRequests = "too_many_requests"
    case tooManyStreams = "too_many_streams"
    case `internal`
  }

  let status: HTTPResponse.Status
  let code: Code
  /// What is wrong and what to do; without secrets.
  let detail: String
  var parameter: String?
  /// Seconds after which it may be tried again.
  var retryAfter: Int?

  init(
    _ status: HTTPResponse.Status, _ code: Code, _ detail: String, parameter: String? = nil, retryAfter: Int? = nil
  ) {
    self.status = status
    self.code = code
    self.detail = detail
    self.parameter = parameter
    self.retryAfter = retryAfter
  }

  /// Any error that a handler throws. What a stranger need not know of it goes into the log alone.
  init(_ error: any Error, logger: Logger) {
    switch error {
    case let problem as Problem: self = problem
    case let error as UnknownSignal:
      self.init(
        .notFound, .unknownSignal, "there is no signal \(error.name): known are \(error.known.joined(separator: ", "))",
        parameter: "signal")
    case let error as PoolExhausted: self.init(.serviceUnavailable, .tooManyRequests, "\(error)", retryAfter: 1)
    case let error as PostgresError: self.init(error, logger: logger)
    case is NotDeployed:
      logger.error("\(error)")
      self.init(
        .serviceUnavailable, .databaseRefused, "the database is not prepared for this version of flux-market",
        retryAfter: 60)
    case let error as HTTPError where error.status == .notFound:
      self.init(.notFound, .noSuchPath, "there is nothing here: /openapi.yaml lists what there is")
    default:
      logger.error("unforeseen: \(error)")
      self.init(.internalServerError, .internal, "this is a fault of the server, and in its log")
    }
  }

  private init(_ error: PostgresError, logger: Logger) {
    switch error.kind {
    case .server where error.sqlState == "57014":
      self.init(
        .serviceUnavailable, .tooSlow, "the database took too long: ask for a shorter range", retryAfter: 5)
    case .server, .unexpectedReply, .settings, .authentication, .unknownDatabase:
      logger.error("\(error)")
      self.init(.serviceUnavailable, .databaseRefused, "the database refused the question", retryAfter: 30)
    case .unknownHost, .unreachable, .unavailable, .lost, .closed, .cancelled:
      logger.warning("\(error)")
      self.init(
        .serviceUnavailable, .databaseAway, "the database is away: it is asked again with every request", retryAfter: 5)
    }
  }

  var body: ByteBuffer {
    var json = JSONText()
    json.object { json in
      json.member("type", "about:blank")
      json.member("title", status.reasonPhrase)
      json.member("status", status.code)
      json.member("code", code.rawValue)
      json.member("detail", detail)
      if let parameter { json.member("parameter", parameter) }
    }
    return json.buffer
  }

  var headers: HTTPFields {
    var headers: HTTPFields = [.contentType: "application/problem+json", .cacheControl: "no-store"]
    if let retryAfter { headers[.retryAfter] = "\(retryAfter)" }
    if status == .methodNotAllowed { headers[.allow] = API.methods }
    if status == .unauthorized {
      // Browsers and spreadsheets ask for the second by themselves.
      headers.append(HTTPField(name: .wwwAuthenticate, value: "Bearer"))
      headers.append(HTTPField(name: .wwwAuthenticate, value: #"Basic realm="flux-market", charset="UTF-8""#))
    }
    return headers
  }

  var response: Response { Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body)) }
}
