package import Decode

/// A table that programs of the user's own write, and files.
package enum TelemetryTable: String, CaseIterable, Sendable {
  case meterReadings = "mg_meter_readings"
  case bessReadings = "mg_bess_readings"
  case deviceRegistry = "mg_device_registry"

  /// The columns that a file may have: those of the table.
  package var form: TableForm { TableForm(name: rawValue, columns: columns) }

  private var columns: [TableForm.Column] {
    typealias Column = TableForm.Column
    switch self {
    case .meterReadings:
      return Self.ofReading
        + [
          "frequency", "voltage_line_average", "current_phase_a", "current_phase_b", "current_phase_c",
          "current_phase_average", "power_phase_a_active", "power_phase_b_active", "power_phase_c_active",
          "power_total_active", "power_total_reactive", "power_total_apparent", "power_factor_total",
          "energy_imported_active", "energy_exported_active", "energy_imported_phase_a_active",
          "energy_exported_phase_a_active", "energy_imported_phase_b_active", "energy_exported_phase_b_active",
          "energy_imported_phase_c_active", "energy_exported_phase_c_active", "energy_imported_reactive",
          "energy_exported_reactive", "energy_imported_apparent", "energy_exported_apparent",
        ].map { Column($0, .real) }
    case .bessReadings:
      return Self.ofReading + [
        Column("soe", .real), Column("target_power", .real), Column("available_inverter_blocks", .smallint),
        Column("command_source", .smallint),
      ]
    case .deviceRegistry:
      return [
        Column("id", .uuid, isRequired: true), Column("created_at", .instant), Column("name", .text, isRequired: true),
        Column("type", .text, isRequired: true), Column("site", .text, isRequired: true), Column("metadata", .json),
        Column("active", .boolean),
      ]
    }
  }

  private static let ofReading = [
    TableForm.Column("time", .instant, isRequired: true), TableForm.Column("device_id", .uuid, isRequired: true),
    TableForm.Column("id", .uuid), TableForm.Column("created_at", .instant),
  ]

  /// A row's own name, which `device_id` and `time` name as well: made here where a file has none.
  var rowID: TableForm.Column? { self == .deviceRegistry ? nil : Self.ofReading.first { $0.name == "id" } }

  /// What only one row has.
  private var key: [String] { self == .deviceRegistry ? ["id"] : ["device_id", "time"] }

  /// Where the rows of a file are before they are compared with the table's.
  var staging: String { "pg_temp.flux_staged" }

  /// Names of columns as SQL writes them; `time` is a word of its own.
  func list(_ columns: [TableForm.Column]) -> String { columns.map { "\"\($0.name)\"" }.joined(separator: ", ") }

  func makeStaging(_ columns: [TableForm.Column]) -> String {
    "CREATE TEMPORARY TABLE flux_staged ON COMMIT DROP AS SELECT \(list(columns)) FROM flux.\(rawValue) WHERE false"
  }

  /// Inserts what the table lacks. `$1` and `$2` are the first and the last time where the rows have one: they keep the
  /// search to the chunks that can matter.
  func insertMissing(_ columns: [TableForm.Column]) -> String {
    """
    \(insert(columns)) WHERE NOT EXISTS (SELECT FROM flux.\(rawValue) t WHERE \(isSame)\(hasTime ? range : ""))
    """
  }

  /// The same where a row may be there twice, or be inserted by somebody else at this moment.
  func insertUnlessThere(_ columns: [TableForm.Column]) -> String {
    "\(insert(columns)) ON CONFLICT (\(key.map { "\"\($0)\"" }.joined(separator: ", "))) DO NOTHING"
  }

  /// How many of the rows the table lacks; parameters as above.
  var countMissing: String {
    """
    SELECT count(*) FROM \(staging) s
    WHERE NOT EXISTS (SELECT FROM flux.\(rawValue) t WHERE \(isSame)\(hasTime ? range : ""))
    """
  }

  var hasTime: Bool { self != .deviceRegistry }

  private var isSame: String { key.map { "t.\"\($0)\" = s.\"\($0)\"" }.joined(separator: " AND ") }
  private var range: String { " AND t.\"time\" BETWEEN $1 AND $2" }

  /// An empty cell takes the column's default.
  private func insert(_ columns: [TableForm.Column]) -> String {
    let values = columns.map { column in
      switch column.name {
      case "id" where !column.isRequired: "coalesce(s.id, gen_random_uuid())"
      case "created_at": "coalesce(s.created_at, now())"
      case "active": "coalesce(s.active, true)"
      default: "s.\"\(column.name)\""
      }
    }
    return """
      INSERT INTO flux.\(rawValue) (\(list(columns))) SELECT \(values.joined(separator: ", ")) FROM \(staging) s
      """
  }
}
