internal import Market
internal import Yams

extension FeedReader {
  mutating func values(_ node: Node, isCSV: Bool) -> [ValueRule]? {
    let form = "a list of { field: …, signal: …, unit: … }"
    guard let list = nodes.list(node, "values", form: form) else { return nil }
    var rules: [ValueRule] = []
    for node in list {
      guard let rule = value(node, isCSV: isCSV) else { continue }
      if rules.contains(where: { $0.signal == rule.signal }) {
        nodes.complain(at: node, "\(rule.signal.name) is yielded twice", cure: "keep one, or name another signal")
      }
      rules.append(rule)
    }
    return rules.count == list.count ? rules : nil
  }

  private mutating func value(_ node: Node, isCSV: Bool) -> ValueRule? {
    guard
      let entries = nodes.mapping(
        node, "a value", keys: ["field", "signal", "unit", "scale", "nullable", "text"])
    else { return nil }
    let field = nodes.required("field", in: entries, form: "the record's field")
      .flatMap { nodes.text($0, "field", form: "the record's field") }
    let unit = unit(entries)
    let signal = nodes.required("signal", in: entries, form: "one of \(signals.map(\.name).joined(separator: ", "))")
      .flatMap { self.signal($0, unit: unit) }
    if let signal, let node = entries["unit"], let unit, unit != signal.unit.description {
      nodes.complain(
        at: node, "unit \(unit) is not that of \(signal.name)",
        cure: "write \(signal.unit), and scale for what the provider's number is multiplied with to be in it")
    }
    if let signal, let node = entries["signal"], signalPlaces[signal.name] == nil {
      signalPlaces[signal.name] = place(of: node)
    }
    let scale = entries["scale"].map(scale) ?? 1
    let isNullable = entries["nullable"].map { nodes.flag($0, "nullable") } ?? false
    let isText = entries["text"].map { nodes.flag($0, "text") } ?? false
    if isCSV, let key = entries.key("text") { complainOfJSONOnly(key, "text") }
    guard let field, let signal, unit != nil, let scale, let isNullable, let isText else { return nil }
    return ValueRule(field: field, signal: signal, scale: scale, isNullable: isNullable, isText: isText)
  }

  /// Written although the signal has one, so that whoever reads the file sees what the scale leads to.
  private func unit(_ entries: NodeReader.Entries) -> String? {
    let known = entries["signal"]?.scalar.flatMap { name in signals.first { $0.name == name.string } }
    let form = known?.unit.description ?? "the signal's unit"
    return nodes.required("unit", in: entries, form: form).flatMap { nodes.text($0, "unit", form: form) }
  }

  private func signal(_ node: Node, unit: String?) -> Signal? {
    guard let name = nodes.text(node, "signal", form: "its name") else { return nil }
    if let signal = signals.first(where: { $0.name == name }) { return signal }
    let names = signals.map(\.name)
    let near = nearest(to: name, of: names).map { "write \($0), or register it" } ?? "register it"
    nodes.complain(
      at: node, "no signal \"\(name)\" is registered",
      cure: "\(near): flux-market db signal add \(name) --unit \(unit ?? "U") --description D"
        + " (registered are \(names.joined(separator: ", ")))")
    return nil
  }

  private func scale(_ node: Node) -> Double? {
    guard let scale = nodes.number(node, "scale") else { return nil }
    guard scale != 0 else {
      nodes.complain(
        at: node, "scale is 0, which makes every value 0", cure: "write what the number is multiplied with, such as 2")
      return nil
    }
    return scale
  }

  // MARK: - Quality and coverage

  func quality(_ node: Node, yields: [Signal]?) -> Quality? {
    guard let entries = nodes.mapping(node, "quality", keys: ["range", "cadence", "estimate"]) else { return nil }
    let count = nodes.count
    var plausible: [String: ClosedRange<Double>] = [:]
    if let node = entries["range"], let ranges = nodes.mapping(node, "range") {
      for entry in ranges.pairs {
        if let yields, !yields.contains(where: { $0.name == entry.name }) {
          nodes.complain(
            at: entry.key, "range names \"\(entry.name)\", which this feed does not yield",
            cure: suggestion(for: entry.name, of: yields.map(\.name)))
        }
        guard let range = range(entry.value, entry.name) else { continue }
        plausible[entry.name] = range
      }
    }
    var cadence: Duration?
    if let node = entries["cadence"] {
      cadence = nodes.duration(node, "cadence", form: "30 min")
      if cadence == .zero { nodes.complain(at: node, "cadence is 0", cure: "write the time between values, 30 min") }
    }
    let isEstimate = entries["estimate"].map { nodes.flag($0, "estimate") } ?? false
    guard nodes.count == count, let isEstimate else { return nil }
    return Quality(plausible: plausible, cadence: cadence, isEstimate: isEstimate)
  }

  private func range(_ node: Node, _ signal: String) -> ClosedRange<Double>? {
    let form = "[lowest, highest]"
    guard let list = nodes.list(node, "range of \(signal)", form: form) else { return nil }
    guard list.count == 2 else {
      nodes.complain(at: node, "range of \(signal) has \(list.count) numbers", cure: "write \(form)")
      return nil
    }
    guard let low = nodes.number(list[0], "the lowest"), let high = nodes.number(list[1], "the highest") else {
      return nil
    }
    guard low < high else {
      nodes.complain(
        at: node, "range of \(signal) begins at \(nodes.kind(list[0])) and ends at \(nodes.kind(list[1]))",
        cure: "write the lower number first")
      return nil
    }
    return low...high
  }

  func coverage(_ node: Node) -> Coverage? {
    guard let entries = nodes.mapping(node, "covers", keys: ["from", "to"]) else { return nil }
    let first = entries["from"].map { nodes.date($0, "from") }
    let last = entries["to"].map { nodes.date($0, "to") }
    if entries.pairs.isEmpty {
      nodes.complain(at: node, "covers has neither from nor to", cure: "write { from: 2019-01-01 }, or remove it")
      return nil
    }
    if first == .some(nil) || last == .some(nil) { return nil }
    if let from = first ?? nil, let to = last ?? nil, from > to {
      nodes.complain(
        at: node, "covers ends on \(to), before it begins on \(from)", cure: "write the earlier date in from")
      return nil
    }
    return Coverage(first: first ?? nil, last: last ?? nil)
  }
}
