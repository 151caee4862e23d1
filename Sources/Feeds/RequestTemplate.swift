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
    /// Percent-encoded; nil where the request has none, and the placeholder stays.
    func value(of placeholder: Substring) -> String? {
      if placeholder == "asset" { return asset.map(percentEncoded) }
      guard let window else { return nil }
      switch placeholder {
      case "settlement_date", "from_date": return window.settlementDates(in: london).first?.description ?? ""
      case "to_date": return window.settlementDates(in: london).last?.description ?? ""
      case "year": return String((window.settlementDates(in: london).first?.description ?? "").prefix(4))
      case "from": return percentEncoded(minute(window.from))
      case "to":
        let lastStart = max(window.from, window.to.advanced(by: .minutes(-30)))
        return percentEncoded(minute(lastStart))
      default: return nil
      }
    }
    func filled(_ text: String) -> String {
      var rest = text[...]
      var result = ""
      while let open = rest.utf8.firstIndex(of: UInt8(ascii: "{")),
        let close = rest[open...].utf8.firstIndex(of: UInt8(ascii: "}"))
      {
        let name = rest[rest.index(after: open)..<close]
        result += rest[..<open]
        result += value(of: name) ?? "{\(name)}"
        rest = rest[rest.index(after: close)...]
      }
      return result + rest
    }
    let parameters = query.map { "\(percentEncoded($0.name))=\(filled($0.value))" }
    return filled(path) + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&"))
  }

  /// `2026-03-29T00:00Z`: the short form that Elexon documents, exact for half hours.
  private func minute(_ instant: Instant) -> String { instant.description.prefix(16) + "Z" }
}
