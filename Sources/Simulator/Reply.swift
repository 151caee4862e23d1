internal import Market

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
  /// What of the body is data, where it is a table of records; not kept of the Portal's files of all history.
  var records: [Record] = []
  /// The same of a battery's schedule.
  var steps: [Step] = []

  /// One record, and where its parts stand in the body.
  struct Record: Sendable {
    let bytes: Range<Int>
    let date: SettlementDate
    /// How many periods its day has.
    let periodCount: Int
    let period: Int
    /// Where several records make up one value, whose this one is.
    var provider: String?
    let dateBytes: Range<Int>
    let periodBytes: Range<Int>
    var values: [Value]
  }

  struct Value: Sendable {
    let field: String
    let bytes: Range<Int>
  }

  struct Step: Sendable {
    let asset: String
    let start, end: Instant
    let action: String
  }

  static func json(_ body: [UInt8]) -> Reply { Reply(body: body) }

  /// - Parameter body: JSON, or text of any kind with its `contentType`.
  static func text(
    _ status: Status, _ body: String, contentType: String = "application/json; charset=utf-8"
  ) -> Reply {
    Reply(status: status, contentType: contentType, body: Array(body.utf8))
  }
}

extension [UInt8] {
  /// Where what `write` appends stands.
  mutating func range(_ write: (inout [UInt8]) -> Void) -> Range<Int> {
    let start = count
    write(&self)
    return start..<count
  }
}
