internal import Market
internal import Yams

/// Reads the nodes of one YAML file and gathers what is wrong in it; each read gives nil where it has complained.
///
/// Scalars are taken as they are written, never by YAML's own types: `NO` stays a text and `2024-01-31` a date.
final class NodeReader {
  /// As it is named to people.
  let file: String
  private var found: [FeedComplaint] = []

  /// In the order of their places.
  var complaints: [FeedComplaint] {
    found.enumerated().sorted { ($0.element.place.order, $0.offset) < ($1.element.place.order, $1.offset) }
      .map(\.element)
  }

  /// How many there are: grown while something was read, it is not good.
  var count: Int { found.count }

  init(file: String) { self.file = file }

  func complain(at node: Node?, _ problem: String, cure: String) {
    let mark = node?.mark
    found.append(
      FeedComplaint(.file(file, line: mark?.line ?? 1, column: mark?.column ?? 1), problem, cure: cure))
  }

  func complain(atLine line: Int, column: Int = 1, _ problem: String, cure: String) {
    found.append(FeedComplaint(.file(file, line: line, column: column), problem, cure: cure))
  }

  // MARK: - Mappings and lists

  /// The values of a mapping by key, those of unknown keys left out.
  ///
  /// - Parameters:
  ///   - what: names the mapping in complaints, `request`.
  ///   - keys: all that it may have; nil where the keys are the writer's own.
  func mapping(_ node: Node, _ what: String, keys: [String]? = nil) -> Entries? {
    guard case .mapping(let mapping) = node else {
      let form = keys.map { "{ " + $0.prefix(2).map { "\($0): …" }.joined(separator: ", ") + " }" } ?? "{ name: … }"
      complain(at: node, "\(what) is \(kind(node)), not a mapping", cure: "write \(form)")
      return nil
    }
    var entries = Entries(node: node, what: what)
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key else {
        complain(at: key, "a key of \(what) is \(kind(key))", cure: "write a name, a colon and a value")
        continue
      }
      if let keys, !keys.contains(scalar.string) {
        complain(at: key, "unknown key \"\(scalar.string)\" in \(what)", cure: suggestion(for: scalar.string, of: keys))
        // Read as the key that it nearly is, so that this one is not called missing as well.
        if let near = nearest(to: scalar.string, of: keys), entries[near] == nil {
          entries.pairs.append((near, key, value))
        }
      } else {
        entries.pairs.append((scalar.string, key, value))
      }
    }
    return entries
  }

  /// A mapping's values in the order of the file.
  struct Entries {
    let node: Node
    let what: String
    var pairs: [(name: String, key: Node, value: Node)] = []

    subscript(name: String) -> Node? { pairs.first { $0.name == name }?.value }

    func key(_ name: String) -> Node? { pairs.first { $0.name == name }?.key }
  }

  /// The value of a key that must be there.
  func required(_ name: String, in entries: Entries, form: String) -> Node? {
    if let node = entries[name] { return node }
    complain(at: entries.node, "\(entries.what) has no \(name)", cure: "write \(name): \(form)")
    return nil
  }

  func list(_ node: Node, _ what: String, form: String) -> [Node]? {
    guard case .sequence(let sequence) = node, !sequence.isEmpty else {
      let isEmpty = if case .sequence = node { true } else { false }
      complain(at: node, "\(what) is \(isEmpty ? "an empty list" : kind(node) + ", not a list")", cure: "write \(form)")
      return nil
    }
    return Array(sequence)
  }

  // MARK: - Scalars

  /// A text that is not empty.
  func text(_ node: Node, _ what: String, form: String) -> String? {
    guard case .scalar(let scalar) = node, !isNothing(scalar) else {
      complain(at: node, "\(what) is \(kind(node))", cure: "write \(form)")
      return nil
    }
    return scalar.string
  }

  /// One text or a list of them.
  func texts(_ node: Node, _ what: String, form: String) -> [String]? {
    guard case .sequence = node else { return text(node, what, form: form).map { [$0] } }
    guard let nodes = list(node, what, form: form) else { return nil }
    let texts = nodes.compactMap { text($0, what, form: form) }
    return texts.count == nodes.count ? texts : nil
  }

  /// A finite number.
  func number(_ node: Node, _ what: String) -> Double? {
    guard let text = text(node, what, form: "a number") else { return nil }
    guard let number = Double(text), number.isFinite, text.utf8.allSatisfy({ "+-.0123456789eE".utf8.contains($0) })
    else {
      complain(at: node, "\(what) is \"\(text)\"", cure: "write a number, such as 2 or 0.5")
      return nil
    }
    return number
  }

  /// `on` or `off`; YAML's other words for them are understood too.
  func flag(_ node: Node, _ what: String) -> Bool? {
    guard let text = text(node, what, form: "on or off") else { return nil }
    switch text.lowercased() {
    case "on", "true", "yes": return true
    case "off", "false", "no": return false
    default:
      complain(at: node, "\(what) is \"\(text)\"", cure: "write on or off")
      return nil
    }
  }

  func duration(_ node: Node, _ what: String, form: String) -> Duration? {
    guard let text = text(node, what, form: form) else { return nil }
    guard let parsed = DurationText(text) else {
      let problem = text.hasPrefix("-") ? "is negative" : "is no duration"
      complain(
        at: node, "\(what) \"\(text)\" \(problem)", cure: "write a whole number of s, min, h or days, such as \(form)")
      return nil
    }
    return parsed.duration
  }

  func date(_ node: Node, _ what: String) -> SettlementDate? {
    guard let text = text(node, what, form: "a date, such as 2024-01-31") else { return nil }
    guard let date = CivilDate(text) else {
      complain(at: node, "\(what) \"\(text)\" is no date", cure: "write yyyy-MM-dd, such as 2024-01-31")
      return nil
    }
    return SettlementDate(date)
  }

  /// One of a few words.
  func choice<Value>(_ node: Node, _ what: String, _ values: [(name: String, value: Value)]) -> Value? {
    let names = values.map(\.name)
    guard let text = text(node, what, form: names.joined(separator: " or ")) else { return nil }
    if let value = values.first(where: { $0.name == text })?.value { return value }
    complain(at: node, "\(what) is \"\(text)\"", cure: suggestion(for: text, of: names))
    return nil
  }

  /// `data`, `result.records`.
  func path(_ node: Node, _ what: String) -> [String]? {
    guard let text = text(node, what, form: "names with dots between, such as result.records") else { return nil }
    let names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard !names.contains(where: { $0.isEmpty || $0.first == " " || $0.last == " " }) else {
      complain(at: node, "\(what) is \"\(text)\"", cure: "write names with dots between, such as result.records")
      return nil
    }
    return names
  }

  // MARK: - Words for complaints

  /// A scalar with nothing in it: `key:` alone, `~`, `null`, or quotes around nothing.
  private func isNothing(_ scalar: Node.Scalar) -> Bool {
    scalar.string.isEmpty || (scalar.style == .plain && ["~", "null", "Null", "NULL"].contains(scalar.string))
  }

  func kind(_ node: Node) -> String {
    switch node {
    case .scalar(let scalar): isNothing(scalar) ? "empty" : "\"\(scalar.string)\""
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .alias: "an alias"
    }
  }
}
