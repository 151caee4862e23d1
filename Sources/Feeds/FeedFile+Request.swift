internal import Market
internal import Yams

extension FeedReader {
  /// - Parameter span: nil where `window` was refused; then placeholders are not compared with it.
  func request(_ node: Node, span: RequestSpan?, isAxle: Bool) -> RequestTemplate? {
    guard let entries = nodes.mapping(node, "request", keys: ["method", "path", "query", "headers"]) else { return nil }
    let method =
      entries["method"].map {
        nodes.choice($0, "method", [("GET", RequestTemplate.Method.get), ("POST", .post)])
      } ?? .get
    let pathNode = nodes.required("path", in: entries, form: "/…, which is appended to the host's url")
    var used: [String] = []
    let path = pathNode.flatMap { self.path($0, span: span, isAxle: isAxle, used: &used) }
    let query = entries["query"].map { self.query($0, span: span, isAxle: isAxle, used: &used) } ?? []
    let headers = entries["headers"].map(headers) ?? []
    guard let path, let query else { return nil }
    if let span { checkNamesItsTime(node, span: span, isAxle: isAxle, used: used) }
    guard let method, let headers else { return nil }
    return RequestTemplate(method: method, path: path, query: query, headers: headers)
  }

  /// A path that is appended to a base URL: of a request, of a token.
  func plainPath(_ node: Node, _ what: String) -> String? {
    guard let text = nodes.text(node, what, form: "/…, which is appended to the host's url") else { return nil }
    guard text.hasPrefix("/"), !text.hasPrefix("//") else {
      nodes.complain(
        at: node, "\(what) is \"\(text)\"", cure: "begin it with one /; the address is the host's, in hosts.yaml")
      return nil
    }
    if text.contains("?") {
      nodes.complain(at: node, "\(what) \"\(text)\" has a ?", cure: "write what follows it as query: { name: value }")
      return nil
    }
    let allowed = "-._~!$&'()*+,;=:@/%{}".utf8
    guard
      text.utf8.allSatisfy({ byte in
        allowed.contains(byte) || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
          || (0x61...0x7A).contains(byte)
      }), !text.split(separator: "/").contains("..")
    else {
      nodes.complain(
        at: node, "\(what) \"\(text)\" has characters that a path cannot have", cure: "write them as %XX, and no ..")
      return nil
    }
    return text
  }

  private func path(_ node: Node, span: RequestSpan?, isAxle: Bool, used: inout [String]) -> String? {
    guard let text = plainPath(node, "path"),
      checkPlaceholders(text, node, "path", span: span, isAxle: isAxle, used: &used)
    else { return nil }
    return text
  }

  private func query(_ node: Node, span: RequestSpan?, isAxle: Bool, used: inout [String]) -> [RequestTemplate.Pair]? {
    guard let entries = nodes.mapping(node, "query") else { return nil }
    var pairs: [RequestTemplate.Pair] = []
    var isGood = true
    for entry in entries.pairs {
      if entry.name.contains("{") {
        nodes.complain(at: entry.key, "the name \"\(entry.name)\" has a placeholder", cure: "write it in the value")
        isGood = false
      }
      guard let values = nodes.texts(entry.value, "query \(entry.name)", form: "a value, or a list of them") else {
        isGood = false
        continue
      }
      for value in values {
        isGood =
          checkPlaceholders(value, entry.value, "query \(entry.name)", span: span, isAxle: isAxle, used: &used)
          && isGood
        pairs.append(RequestTemplate.Pair(entry.name, value))
      }
    }
    return isGood ? pairs : nil
  }

  private func headers(_ node: Node) -> [RequestTemplate.Pair]? {
    guard let entries = nodes.mapping(node, "headers") else { return nil }
    var pairs: [RequestTemplate.Pair] = []
    for entry in entries.pairs {
      guard isHeaderName(entry.name) else {
        nodes.complain(
          at: entry.key, "\"\(entry.name)\" is no header's name", cure: "write letters, digits and hyphens")
        continue
      }
      if ["authorization", "cookie", "proxy-authorization"].contains(entry.name.lowercased()) {
        nodes.complain(
          at: entry.key, "the header \(entry.name) carries a credential",
          cure: "write auth: { header: …, secret: FLUX_… }")
        continue
      }
      guard let value = nodes.text(entry.value, "header \(entry.name)", form: "its value") else { continue }
      if value.contains("{") {
        nodes.complain(
          at: entry.value, "header \(entry.name) has a placeholder", cure: "write placeholders in path and query only")
      } else if !value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) {
        nodes.complain(at: entry.value, "header \(entry.name) is not plain ASCII", cure: "write one line of ASCII")
      } else {
        pairs.append(RequestTemplate.Pair(entry.name, value))
      }
    }
    return pairs.count == entries.pairs.count ? pairs : nil
  }

  /// RFC 9110, section 5.6.2: a token; here letters, digits, hyphens and underscores.
  func isHeaderName(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        byte == 0x2D || byte == 0x5F || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
          || (0x61...0x7A).contains(byte)
      }
  }

  // MARK: - Placeholders

  private func checkPlaceholders(
    _ text: String, _ node: Node, _ what: String, span: RequestSpan?, isAxle: Bool, used: inout [String]
  ) -> Bool {
    guard let names = placeholders(in: text) else {
      nodes.complain(
        at: node, "\(what) \"\(text)\" has a { or } without its other", cure: "write placeholders as {from}")
      return false
    }
    var isGood = true
    for name in names {
      used.append(name)
      if !RequestTemplate.placeholders.contains(name) {
        let known = RequestTemplate.placeholders.map { "{\($0)}" }
        nodes.complain(
          at: node, "unknown placeholder {\(name)} in \(what)", cure: suggestion(for: "{\(name)}", of: known))
        isGood = false
      } else if let span, let cure = misfit(name, span: span, isAxle: isAxle) {
        nodes.complain(
          at: node,
          "{\(name)} in \(what) does not fit \(name == "asset" ? "a table of records" : "window: \(span.words)")",
          cure: cure)
        isGood = false
      }
    }
    return isGood
  }

  private func placeholders(in text: String) -> [String]? {
    var names: [String] = []
    var rest = text[...]
    while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      let after = rest.index(after: brace)
      guard rest[brace] == "{", let end = rest[after...].firstIndex(where: { $0 == "{" || $0 == "}" }), rest[end] == "}"
      else { return nil }
      names.append(String(rest[after..<end]))
      rest = rest[rest.index(after: end)...]
    }
    return names
  }

  private func misfit(_ name: String, span: RequestSpan, isAxle: Bool) -> String? {
    if name == "asset" { return isAxle ? nil : "remove it; only adapter: axle-schedule asks for each battery" }
    switch (span, name) {
    case (.wholeFile, _): return "remove it, or write window: settlement day or 7 days"
    case (.settlementDay, "year"), (.days, "year"): return "write window: calendar year, or {from_date}"
    case (.days(let count), "settlement_date") where count > 1:
      return "write {from_date} and {to_date}, or window: settlement day"
    case (.calendarYear, "settlement_date"): return "write {year}, or {from_date} and {to_date}"
    default: return nil
    }
  }

  /// A request for a window must say which.
  private func checkNamesItsTime(_ node: Node, span: RequestSpan, isAxle: Bool, used: [String]) {
    let times = used.filter { $0 != "asset" }
    let wanted: String? =
      switch span {
      case .wholeFile: nil
      case .settlementDay: "{settlement_date}"
      case .days: "{from} and {to}, or {from_date} and {to_date}"
      case .calendarYear: "{year}"
      }
    if let wanted, times.isEmpty {
      nodes.complain(
        at: node, "the request does not say which \(span == .settlementDay ? "settlement day" : span.words) it is for",
        cure: "write \(wanted) into path or query, or window: whole file")
    }
    if isAxle, !used.contains("asset") {
      nodes.complain(
        at: node, "the request does not say which battery it is for", cure: "write {asset} into path or query")
    }
  }
}
