import ArgumentParser
import Market

enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
  case table, json, jsonl, csv
}

/// What every command that prints data understands.
struct OutputOptions: ParsableArguments {
  @Option(
    name: .customLong("format"),
    help: "How to print: table for people; json, jsonl or csv for programs. Default: table.")
  var chosen: OutputFormat?

  @Option(help: ArgumentHelp("The clock that printed times show: UTC or Europe/London.", valueName: "zone"))
  var zone = DisplayZone.Name.utc

  var format: OutputFormat {
    get { chosen ?? .table }
    set { chosen = newValue }
  }

  /// For a file whose name may say the format: `prices.csv`.
  func named(by path: String) -> OutputOptions {
    var options = self
    options.chosen = chosen ?? path.split(separator: ".").last.flatMap { OutputFormat(rawValue: String($0)) }
    return options
  }
}

/// Prints rows as they come, on standard output or into a file: a table, one JSON document, one object a line, or CSV.
struct RowWriter {
  private let columns: [String]
  private let format: OutputFormat
  private let zone: DisplayZone
  private let file: OutputFile?
  /// A table's first rows wait here until its columns' widths are known.
  private var waiting: [[Cell]] = []
  private var widths: [Int] = []
  private var isNumeric: [Bool] = []
  private var buffer: [UInt8] = []
  private(set) var rows = 0

  /// Rows that a table's widths are measured on; those after are printed at once, so that years fit into memory.
  private static let measured = 500

  /// - Parameter file: where the rows go instead of to standard output; it appears when they are finished.
  init(_ columns: [String], options: OutputOptions, london: LondonClock, to file: OutputFile? = nil) {
    self.columns = columns
    self.file = file
    format = options.format
    zone = DisplayZone(name: options.zone, london: london)
    switch format {
    case .csv: add(columns.map(csvField).joined(separator: ",") + "\n")
    case .json: add("[")
    case .table, .jsonl: break
    }
  }

  mutating func write(_ row: [Cell]) {
    switch format {
    case .table:
      if widths.isEmpty {
        waiting.append(row)
        if waiting.count == Self.measured { startTable() }
      } else {
        putLine(row)
      }
    case .csv:
      add(row.map { csvField($0.text(in: zone, durations: .seconds)) }.joined(separator: ",") + "\n")
    case .json: add((rows == 0 ? "\n" : ",\n") + object(row))
    case .jsonl: add(object(row) + "\n")
    }
    rows += 1
    if buffer.count > 1 << 16 { flush() }
  }

  /// Prints what is left. Without rows `none` says so, on standard error.
  mutating func finish(none: String) {
    switch format {
    case .table:
      if rows > 0, widths.isEmpty { startTable() }
    case .json: add(rows == 0 ? "]\n" : "\n]\n")
    case .csv, .jsonl: break
    }
    flush()
    file?.publish()
    if rows == 0, !none.isEmpty { tell(none) }
  }

  private mutating func startTable() {
    isNumeric = columns.indices.map { column in
      waiting.contains { $0[column].isNumber }
    }
    widths = columns.indices.map { column in
      max(columns[column].count, waiting.map { $0[column].text(in: zone, durations: .words).count }.max() ?? 0)
    }
    putLine(columns.map { Cell.text($0.uppercased()) })
    for row in waiting { putLine(row) }
    waiting = []
  }

  private mutating func putLine(_ row: [Cell]) {
    var line = ""
    for (column, cell) in row.enumerated() {
      let text = cell.text(in: zone, durations: .words)
      let padding = String(repeating: " ", count: max(0, widths[column] - text.count))
      if column > 0 { line += "  " }
      line += isNumeric[column] ? padding + text : text + padding
    }
    while line.last == " " { line.removeLast() }
    add(line + "\n")
  }

  private func object(_ row: [Cell]) -> String {
    let members = zip(columns, row).map { "\(jsonString($0)): \($1.json(in: zone))" }
    return "{" + members.joined(separator: ", ") + "}"
  }

  private mutating func add(_ text: String) { buffer.append(contentsOf: text.utf8) }

  /// Hands on what was written so far; a table's first rows wait for its widths.
  mutating func flush() {
    if let file { file.put(buffer) } else { put(buffer) }
    buffer.removeAll(keepingCapacity: true)
  }
}
