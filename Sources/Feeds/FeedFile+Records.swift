internal import Market
internal import Yams

extension FeedReader {
  /// `json`, `csv`, or `{ csv: { encoding, columns } }`.
  func format(_ node: Node) -> ReplyFormat? {
    guard case .mapping = node else {
      return nodes.choice(
        node, "format", [("json", ReplyFormat.json), ("csv", .csv(CSVFormat(encoding: .utf8, columns: nil)))])
    }
    guard let entries = nodes.mapping(node, "format", keys: ["csv"]),
      let csv = nodes.required("csv", in: entries, form: "{ encoding: latin-1 }"),
      let parts = nodes.mapping(csv, "csv", keys: ["encoding", "columns"])
    else { return nil }
    let encodings = CSVFormat.Encoding.allCases.map { ($0.rawValue, $0) }
    let encoding = parts["encoding"].map { nodes.choice($0, "encoding", encodings) } ?? .utf8
    var columns: [String]?
    if let node = parts["columns"] {
      guard
        let names = nodes.list(node, "columns", form: "[first, second, …]")?.compactMap({
          nodes.text($0, "a column", form: "its name")
        })
      else { return nil }
      if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
        nodes.complain(at: node, "column \"\(twice)\" is there twice", cure: "give each column a name of its own")
      }
      columns = names
    }
    return encoding.map { .csv(CSVFormat(encoding: $0, columns: columns)) }
  }

  func paging(_ node: Node, format: ReplyFormat?) -> Paging? {
    if case .csv = format { complainOfJSONOnly(node, "paging") }
    guard let entries = nodes.mapping(node, "paging", keys: ["next"]) else { return nil }
    return nodes.required("next", in: entries, form: "path to the next page's address, such as next")
      .flatMap { nodes.path($0, "next") }.map(Paging.init(next:))
  }

  /// `records`, `time`, `values`, `mean` and `where`.
  mutating func records(_ entries: NodeReader.Entries, format: ReplyFormat?) -> Reading? {
    if let key = entries.key("assets") {
      nodes.complain(at: key, "assets says nothing without adapter: axle-schedule", cure: "remove it")
    }
    let isCSV = if case .csv = format { true } else { false }
    if isCSV, let key = entries.key("records") { complainOfJSONOnly(key, "records") }
    let path = entries["records"].map { nodes.path($0, "records") } ?? []
    let time = nodes.required("time", in: entries, form: "{ date: …, period: … }, { instant: … } or { london: … }")
      .flatMap(time)
    let values = nodes.required("values", in: entries, form: "a list of { field: …, signal: …, unit: … }")
      .flatMap { self.values($0, isCSV: isCSV) }
    let mean = entries["mean"].map { self.mean($0, values: values, time: time) }
    let filters = entries["where"].map(filters) ?? []
    if case .csv(let csv) = format, let columns = csv.columns {
      checkColumns(columns, entries, values: values, time: time, mean: mean ?? nil, filters: filters ?? [])
    }
    guard let path, let time, let values, let filters else { return nil }
    if entries["mean"] != nil, mean == .some(nil) { return nil }
    return .records(RecordRule(records: path, time: time, values: values, mean: mean ?? nil, filters: filters))
  }

  func complainOfJSONOnly(_ node: Node, _ key: String) {
    nodes.complain(at: node, "\(key) is for JSON, and format is csv", cure: "remove it")
  }

  private func time(_ node: Node) -> TimeRule? {
    guard let entries = nodes.mapping(node, "time", keys: ["date", "period", "instant", "london", "form"]) else {
      return nil
    }
    func field(_ name: String) -> String? {
      nodes.required(name, in: entries, form: "the field's name").flatMap {
        nodes.text($0, name, form: "the field's name")
      }
    }
    let given = ["date", "instant", "london"].filter { entries[$0] != nil }
    guard given.count == 1 else {
      nodes.complain(
        at: node, given.isEmpty ? "time names no field" : "time has both \(given.joined(separator: " and "))",
        cure: "write { date: …, period: … }, { instant: … } or { london: … }")
      return nil
    }
    if given[0] != "date", let key = entries.key("period") {
      nodes.complain(at: key, "time has \(given[0]) and period", cure: "write period with date only")
      return nil
    }
    let forms = DateForm.allCases.map { ($0.rawValue, $0) }
    let form = entries["form"].map { nodes.choice($0, "form", forms) } ?? .yearMonthDay
    switch given[0] {
    case "date":
      guard let date = field("date"), let period = field("period"), let form else { return nil }
      if date == period {
        nodes.complain(at: entries["period"], "date and period are both \"\(date)\"", cure: "name two fields")
        return nil
      }
      return .settlementPeriod(date: date, form: form, period: period)
    case "london":
      guard let name = field("london"), let form else { return nil }
      return .london(field: name, form: form)
    default:
      if let key = entries.key("form") {
        nodes.complain(at: key, "an instant has no form", cure: "remove it; instants are RFC 3339")
        return nil
      }
      return field("instant").map(TimeRule.instant(field:))
    }
  }

  private func filters(_ node: Node) -> [Filter]? {
    guard let entries = nodes.mapping(node, "where") else { return nil }
    let filters = entries.pairs.compactMap { entry in
      nodes.texts(entry.value, "where \(entry.name)", form: "a text, or a list of texts")
        .map { Filter(field: entry.name, accepted: $0) }
    }
    return filters.count == entries.pairs.count ? filters : nil
  }

  private func mean(_ node: Node, values: [ValueRule]?, time: TimeRule?) -> MeanRule? {
    guard let entries = nodes.mapping(node, "mean", keys: ["over", "weight"]) else { return nil }
    func field(_ name: String, _ form: String) -> String? {
      nodes.required(name, in: entries, form: form).flatMap { nodes.text($0, name, form: form) }
    }
    let over = field("over", "the field that tells a time's records apart")
    let weight = field("weight", "the field that they are weighted with")
    guard let over, let weight else { return nil }
    let count = nodes.count
    if over == weight {
      nodes.complain(at: entries["weight"], "over and weight are both \"\(over)\"", cure: "name two fields")
    }
    if let values {
      if values.contains(where: { $0.field == over }) {
        nodes.complain(
          at: entries["over"], "over \"\(over)\" is one of the values", cure: "name what tells records apart")
      }
      if !values.contains(where: { $0.field != weight }) {
        nodes.complain(
          at: node, "there is no mean: the weight \"\(weight)\" is the only value", cure: "add a value, or remove mean")
      }
    }
    if let time, time.fields.contains(over) || time.fields.contains(weight) {
      nodes.complain(
        at: node, "mean uses \"\(time.fields.contains(over) ? over : weight)\", which is the time",
        cure: "name a field that differs between the records of one time, and a number")
    }
    return nodes.count == count ? MeanRule(over: over, weight: weight) : nil
  }

  private func checkColumns(
    _ columns: [String], _ entries: NodeReader.Entries, values: [ValueRule]?, time: TimeRule?, mean: MeanRule?,
    filters: [Filter]
  ) {
    let used: [(key: String, fields: [String])] = [
      ("time", time?.fields ?? []), ("values", (values ?? []).map(\.field)),
      ("mean", mean.map { [$0.over, $0.weight] } ?? []),
      ("where", filters.map(\.field)),
    ]
    for (key, fields) in used {
      for field in fields where !columns.contains(field) {
        nodes.complain(
          at: entries[key], "\(key) names the field \"\(field)\", which is none of csv's columns",
          cure: suggestion(for: field, of: columns))
      }
    }
  }
}

extension TimeRule {
  /// The fields it reads.
  package var fields: [String] {
    switch self {
    case .settlementPeriod(let date, _, let period): [date, period]
    case .instant(let field), .london(let field, _): [field]
    }
  }
}
