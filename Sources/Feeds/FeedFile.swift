internal import Market
internal import Yams

/// One file of `feeds/`, read and checked on its own. `docs/feeds.md` is its vocabulary.
struct FeedFile {
  /// nil where there is a complaint.
  let feed: Feed?
  let complaints: [FeedComplaint]
  /// Where the file says what other files may contradict.
  let schedulePlace: FeedComplaint.Place
  let signalPlaces: [String: FeedComplaint.Place]

  static let keys = [
    "description", "source", "host", "request", "format", "window", "records", "time", "values", "mean", "where",
    "paging", "schedule", "revisit", "covers", "quality", "archive", "auth", "adapter", "assets",
  ]

  /// - Parameters:
  ///   - file: the path as it is named to people.
  ///   - hosts: of hosts.yaml, by id; nil where that file is not understood, and then no host is called unknown.
  ///   - signals: all that are registered.
  ///   - assets: what the environment says instead of the file's own.
  init(
    _ bytes: [UInt8], id: String, file: String, hosts: [String: Host]?, signals: [Signal], assets: [AxleAsset]?
  ) {
    let nodes = NodeReader(file: file)
    var reader = FeedReader(nodes: nodes, signals: signals, hosts: hosts)
    let start = FeedComplaint.Place.file(file, line: 1, column: 1)
    if !isIdentifier(id) {
      nodes.complain(
        atLine: 1, "\"\(id)\" is no feed's name",
        cure: "name the file with small letters, digits and hyphens, such as elexon-system-price.yaml")
    }
    var feed: Feed?
    var schedulePlace = start
    if let root = FeedDocument.root(bytes, reader: nodes),
      let entries = nodes.mapping(root, "the feed", keys: Self.keys)
    {
      feed = reader.feed(id: id, entries, assets: assets)
      if let mark = entries.key("schedule")?.mark { schedulePlace = .file(file, line: mark.line, column: mark.column) }
    }
    self.complaints = nodes.complaints
    self.feed = complaints.isEmpty ? feed : nil
    self.schedulePlace = schedulePlace
    self.signalPlaces = reader.signalPlaces
  }
}

/// A feed's or a host's id: small letters, digits and single hyphens, beginning with a letter.
func isIdentifier(_ text: String) -> Bool {
  let parts = text.split(separator: "-", omittingEmptySubsequences: false)
  return text.first.map { ("a"..."z").contains($0) } == true
    && parts.allSatisfy { part in
      !part.isEmpty && part.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
    }
}

/// Reads a feed key by key; every key is read even where another was refused, so that all complaints come at once.
struct FeedReader {
  let nodes: NodeReader
  let signals: [Signal]
  let hosts: [String: Host]?
  /// Filled by `values`.
  var signalPlaces: [String: FeedComplaint.Place] = [:]

  init(nodes: NodeReader, signals: [Signal], hosts: [String: Host]?) {
    self.nodes = nodes
    self.signals = signals
    self.hosts = hosts
  }

  mutating func feed(id: String, _ entries: NodeReader.Entries, assets: [AxleAsset]?) -> Feed? {
    let description = nodes.required("description", in: entries, form: "one sentence for people")
      .flatMap { nodes.text($0, "description", form: "one sentence for people") }
    let source = nodes.required("source", in: entries, form: "https://…, where the provider documents it")
      .flatMap(source)
    let host = nodes.required("host", in: entries, form: "one of hosts.yaml").flatMap(host)
    let span = nodes.required("window", in: entries, form: "settlement day, 7 days, calendar year or whole file")
      .flatMap(span)
    let request = nodes.required("request", in: entries, form: "{ path: /… }")
      .flatMap { self.request($0, span: span, isAxle: entries["adapter"] != nil) }
    let format = entries["format"].map(format) ?? .json
    let reading = entries["adapter"] == nil ? records(entries, format: format) : axle(entries, span: span, assets)
    let paging = entries["paging"].flatMap { self.paging($0, format: format) }
    let yields = reading.map(yieldedSignals)
    let schedule =
      nodes.required("schedule", in: entries, form: "{ every: 5 min, lookback: 2 days }, or none")
      .flatMap { self.schedule($0, span: span) } ?? nil
    let revisit = entries["revisit"].map { self.revisit($0, span: span) } ?? Revisit()
    let covers = entries["covers"].map(coverage) ?? Coverage()
    let quality = entries["quality"].map { self.quality($0, yields: yields) } ?? Quality()
    let archive = entries["archive"].map { nodes.flag($0, "archive") } ?? false
    let auth = entries["auth"].map { authentication($0, request: request) } ?? Authentication.none

    guard let description, let source, let host, let span, let request, let format, let reading, let revisit,
      let covers, let quality, let archive, let auth
    else { return nil }
    return Feed(
      id: id, description: description, source: source, host: host, request: request, format: format, span: span,
      reading: reading, paging: paging, schedule: schedule, revisit: revisit, covers: covers, quality: quality,
      archive: archive, auth: auth)
  }

  private func yieldedSignals(_ reading: Reading) -> [Signal] {
    switch reading {
    case .records(let rule): rule.values.map(\.signal)
    case .axleSchedule: [.axleDispatch]
    }
  }

  private func source(_ node: Node) -> String? {
    guard let text = nodes.text(node, "source", form: "https://…") else { return nil }
    guard text.hasPrefix("https://") || text.hasPrefix("http://") else {
      nodes.complain(
        at: node, "source is \"\(text)\"", cure: "write the address of the provider's documentation, https://…")
      return nil
    }
    return text
  }

  private func host(_ node: Node) -> Host? {
    guard let id = nodes.text(node, "host", form: "one of hosts.yaml"), let hosts else { return nil }
    if let host = hosts[id] { return host }
    let known = hosts.keys.sorted()
    nodes.complain(
      at: node, "hosts.yaml has no host \"\(id)\"",
      cure: known.isEmpty ? "add it there" : suggestion(for: id, of: known) + ", or add it there")
    return nil
  }

  private func span(_ node: Node) -> RequestSpan? {
    let form = "settlement day, 7 days, calendar year or whole file"
    guard let text = nodes.text(node, "window", form: form) else { return nil }
    switch text {
    case "settlement day": return .settlementDay
    case "calendar year": return .calendarYear
    case "whole file": return .wholeFile
    default: break
    }
    let words = text.split(separator: " ")
    if words.count == 2, ["day", "days"].contains(words[1]), let count = Int(words[0]) {
      if (1...366).contains(count) { return .days(count) }
      nodes.complain(at: node, "window is \"\(text)\"", cure: "write 1 to 366 days")
      return nil
    }
    let near = nearest(to: text, of: ["settlement day", "calendar year", "whole file"])
    nodes.complain(at: node, "window is \"\(text)\"", cure: "write \(near ?? form)")
    return nil
  }

  /// Where a node stands, for what only the whole folder can tell.
  func place(of node: Node) -> FeedComplaint.Place {
    .file(nodes.file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
  }
}
