import HTTPTypes
import Hummingbird
import Market
import NIOCore
import Postgres
import Store

/// What was asked of `/v1/observations`.
private struct ObservationsRequest: Sendable {
  let signal: String
  let window: Window
  let asOf: Instant?
  let isOfRevisions: Bool
  let isCSV: Bool
  let mostPoints: Int?
  let limit: Int
  let cursor: Cursor?
  /// What a cursor belongs to.
  let subject: String

  init(_ query: Query) throws {
    signal = try query.signal()
    window = try query.range()
    asOf = try query.optionalInstant("as_of")
    isOfRevisions = try query.flag("revisions")
    isCSV = try query.choice("format", [("json", false), ("csv", true)])
    mostPoints = try query.number("max_points", in: 2...20_000)
    limit = try query.number("limit", in: 1...100_000) ?? 10_000
    subject = "observations \(signal) \(window) \(asOf?.description ?? "now") \(isOfRevisions)"
    cursor = try query.cursor(of: subject)
  }

  static let names = ["signal", "from", "to", "as_of", "revisions", "format", "max_points", "limit", "cursor"]

  var view: HistoryReader.View {
    switch (isOfRevisions, asOf) {
    case (false, nil): .current
    case (false, let asOf?): .asOf(asOf)
    case (true, nil): .revisions
    case (true, let asOf?): .revisionsAsOf(asOf)
    }
  }

  /// What is left of the window after the cursor: values go on after its time, revisions inside it.
  var rest: (window: Window, skipped: Int) {
    guard let cursor else { return (window, 0) }
    let time = Instant(microseconds: Int64(bitPattern: cursor.first))
    guard isOfRevisions else {
      return (Window(from: min(time.advanced(by: .microseconds(1)), window.to), to: window.to), 0)
    }
    return (Window(from: min(time, window.to), to: window.to), Int(clamping: cursor.second))
  }

  func cursor(after value: HistoryReader.Value) -> Cursor {
    Cursor(UInt64(bitPattern: value.time.microseconds), UInt64(value.place?.number ?? 0), of: subject)
  }
}

extension API {
  /// `/v1/observations`
  func observations(_ request: Request, _ context: APIContext) async throws -> Response {
    let asked = try ObservationsRequest(try Query(request, ObservationsRequest.names, london: london))
    let preamble = try await pool.lend {
      try await Preamble.read(of: asked.signal, in: asked.window, asOf: asked.asOf, through: $0)
    }
    var headers = preamble.headers
    // Whether anything was left out is known at the end alone.
    headers[.fluxThinned] = asked.mostPoints == nil ? "false" : "true"
    headers[.contentType] = asked.isCSV ? "text/csv; charset=utf-8" : "application/json"
    return try await streamed(headers, to: request, context) { connection, pieces in
      let (window, skipped) = asked.rest
      let reader = HistoryReader(connection: connection, signals: [preamble.signal.id], window: window)
      let writer: any ObservationsWriter =
        asked.isCSV
        ? ObservationsCSV(preamble.signal, asked.isOfRevisions, london, to: pieces)
        : ObservationsJSON(
          preamble, limit: asked.mostPoints == nil ? asked.limit : nil, asked.cursor(after:), to: pieces)
      try writer.begin()
      if let most = asked.mostPoints {
        try await reader.thinned(asked.view, to: most) { try writer.write($0, of: $1) }
      } else {
        // One more than a page tells whether there is more.
        try await reader.values(asked.view, skipping: skipped, limit: asked.isCSV ? nil : asked.limit + 1) {
          try writer.write($0, of: nil)
        }
      }
      try writer.end()
    }
  }
}
