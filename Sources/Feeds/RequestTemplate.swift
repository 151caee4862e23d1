package import Market

/// A request with places for the time that it asks for.
///
/// Placeholders: `{settlement_date}` the London day of a one-day request; `{from}` and `{to}` the first and the last
/// half hour's start, as instants (`2026-03-29T00:00Z`), since Elexon's ranges include both ends; `{from_date}` and
/// `{to_date}` the first and the last London day; `{year}` the London year of the first day; `{asset}` one of Axle's
/// batteries.
package struct RequestTemplate: Hashable, Sendable {
  package enum Method: String, Hashable, Sendable { case get = "GET", post = "POST" }

  package static let placeholders = ["settlement_date", "from", "to", "from_date", "to_date", "year", "asset"]

  package let method: Method
  /// Appended to the host's base URL; begins with `/`.
  package let path: String
  /// In the order of the file; a name may occur twice.
  package let query: [Pair]
  package let headers: [Pair]

  package struct Pair: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package init(method: Method = .get, path: String, query: [Pair] = [], headers: [Pair] = []) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
  }

  /// The path and query of the request for `window`, percent-encoded; the base URL goes before it.
  ///
  /// - Parameter window: whole settlement days; nil where the feed is asked for a whole file.
  package func pathAndQuery(for window: Window?, asset: String? = nil, in london: LondonClock) -> String {
    var values: [(String, String)] = []
    if let window {
      let dates = window.settlementDates(in: london)
      let lastStart = Instant(microseconds: max(window.from.microseconds, window.to.microseconds - 1_800_000_000))
      values = [
        ("settlement_date", dates.first?.description ?? ""), ("from", minute(window.from)), ("to", minute(lastStart)),
        ("from_date", dates.first?.description ?? ""), ("to_date", dates.last?.description ?? ""),
        ("year", (dates.first?.description.prefix(4)).map(String.init) ?? ""),
      ]
    }
    if let asset { values.append(("asset", asset)) }
    func filled(_ text: String) -> String {
      values.reduce(text) { text, pair in text.replacing("{\(pair.0)}", with: percentEncoded(pair.1)) }
    }
    let parameters = query.map { "\(percentEncoded($0.name))=\(filled($0.value))" }
    return filled(path) + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&"))
  }

  /// `2026-03-29T00:00Z`: the short form that Elexon documents, exact for half hours.
  private func minute(_ instant: Instant) -> String { instant.description.prefix(16) + "Z" }
}
