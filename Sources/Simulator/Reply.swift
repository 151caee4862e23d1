/// What a provider answers, before it becomes HTTP: a value, so that the same question gives the same bytes.
struct Reply: Sendable {
  enum Status: Int, Sendable {
    case ok = 200, badRequest = 400, unauthorized = 401, notFound = 404, unprocessable = 422, tooManyRequests = 429
  }

  var status = Status.ok
  var contentType = "application/json; charset=utf-8"
  var body: [UInt8]
  /// Whole seconds, sent as `Retry-After`.
  var retryAfter: Int?

  static func json(_ body: [UInt8]) -> Reply { Reply(body: body) }

  /// - Parameter body: JSON, or text of any kind with its `contentType`.
  static func text(
    _ status: Status, _ body: String, contentType: String = "application/json; charset=utf-8"
  ) -> Reply {
    Reply(status: status, contentType: contentType, body: Array(body.utf8))
  }
}
