import Market

/// One of several tables that a command prints together.
struct ReportTable: Sendable {
  /// Its member of the JSON document.
  let name: String
  /// Above the table, for people.
  let title: String
  /// Said where it has no rows.
  let none: String
  let columns: [String]
  let rows: [[Cell]]

  func write(options: OutputOptions, london: LondonClock) {
    var writer = RowWriter(columns, options: options, london: london)
    for row in rows { writer.write(row) }
    writer.finish(none: none)
  }

  /// Tables with their titles, or a JSON document that has an array for each.
  static func write(_ tables: [ReportTable], options: OutputOptions, london: LondonClock) {
    if options.format == .json {
      for (number, table) in tables.enumerated() {
        put(Array("\(number == 0 ? "{" : ",")\"\(table.name)\": ".utf8))
        var writer = RowWriter(table.columns, options: options, london: london)
        for row in table.rows { writer.write(row) }
        writer.finish(none: "")
      }
      return say("}")
    }
    for (number, table) in tables.enumerated() {
      say("\(number == 0 ? "" : "\n")\(table.title)\(table.rows.isEmpty ? ": \(table.none)" : "")")
      if !table.rows.isEmpty { table.write(options: options, london: london) }
    }
  }
}
