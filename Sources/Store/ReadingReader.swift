package import Market
package import Postgres

/// What one device measured over a window, oldest first.
package struct ReadingReader: Sendable {
  package enum Every: String, CaseIterable, Hashable, Sendable {
    /// Each reading.
    case raw
    /// Means of buckets aligned to UTC.
    case fiveMinutes = "5m"
    case halfHour = "30m"
  }

  package struct Reading: Hashable, Sendable {
    /// Of a bucket its start.
    package let time: Instant
    /// In the order of `columns`, as the database writes numbers; nil where there is none.
    package let values: [String?]
  }

  package let columns: [String]
  private let source: String
  private let device: String
  private let connection: Connection

  /// - Parameter device: a UUID.
  package init(_ reads: Device.Reads, every: Every, of device: String, through connection: Connection) {
    (columns, source) = reads == .meter ? Self.meter(every) : Self.battery(every)
    self.device = device
    self.connection = connection
  }

  /// `body` runs on the connection's thread.
  ///
  /// - Parameter limit: nil for all.
  /// - Throws: what `body` throws, `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package func read(
    in window: Window, limit: Int?, _ body: @Sendable ([Reading]) throws -> Void
  ) async throws {
    let limited = limit.map { " LIMIT \($0)" } ?? ""
    let list = columns.map { ", \"\($0)\"::text" }.joined()
    do {
      try await connection.stream(
        "SELECT time_b\(list) FROM (\(source)) r WHERE time_b >= $2 AND time_b < $3 ORDER BY time_b\(limited)",
        [.value(device), .value(Timestamp(window.from)), .value(Timestamp(window.to))]
      ) { rows in
        try body(
          try rows.map { rows, row in
            Reading(
              time: try rows.instant(row, 0),
              values: try columns.indices.map { column in
                // NaN and infinity are no numbers of JSON.
                try rows.readOptional(row, column + 1, as: String.self).flatMap { $0.last?.isNumber == true ? $0 : nil }
              })
          })
      }
    } catch let error as PostgresError { throw NotDeployed.explaining(error) }
  }

  /// A query of one device, `$1`, whose time is `time_b`.
  private static func meter(_ every: Every) -> (columns: [String], source: String) {
    let phases = ["a", "b", "c"]
    let means = [
      "frequency", "voltage_line_average", "current_phase_average", "power_total_active", "power_total_reactive",
      "power_factor_total",
    ].map { "\($0)_avg" }
    let counters = ["imported", "exported"].flatMap { ["energy_\($0)_active_min", "energy_\($0)_active_max"] }
    switch every {
    case .raw:
      let columns =
        ["frequency", "voltage_line_average"] + phases.map { "current_phase_\($0)" } + ["current_phase_average"]
        + phases.map { "power_phase_\($0)_active" }
        + ["power_total_active", "power_total_reactive", "power_total_apparent", "power_factor_total"]
        + ["energy_imported_active", "energy_exported_active"]
        + phases.flatMap { ["energy_imported_phase_\($0)_active", "energy_exported_phase_\($0)_active"] }
        + ["reactive", "apparent"].flatMap { ["energy_imported_\($0)", "energy_exported_\($0)"] }
      return (columns, #"SELECT *, "time" AS time_b FROM flux.mg_meter_readings WHERE device_id = $1::text::uuid"#)
    case .fiveMinutes:
      return (
        means + counters, "SELECT * FROM flux.mg_meter_readings_5m_intermediate WHERE device_id = $1::text::uuid"
      )
    case .halfHour:
      // Its range includes both ends.
      return (
        means + counters + ["energy_imported_active_delta", "energy_exported_active_delta"],
        "SELECT * FROM flux.get_meter_readings_30m($2, $3, ARRAY[$1::text::uuid])"
      )
    }
  }

  private static func battery(_ every: Every) -> (columns: [String], source: String) {
    let bucket: String
    switch every {
    case .raw:
      return (
        ["soe", "target_power", "available_inverter_blocks", "command_source"],
        #"SELECT *, "time" AS time_b FROM flux.mg_bess_readings WHERE device_id = $1::text::uuid"#
      )
    case .fiveMinutes: bucket = "5 minutes"
    case .halfHour: bucket = "30 minutes"
    }
    return (
      ["soe_avg", "soe_min", "soe_max", "target_power_avg", "available_inverter_blocks_min", "readings"],
      """
      SELECT date_bin('\(bucket)', "time", '2000-01-01 00:00Z') AS time_b, avg(soe) AS soe_avg, min(soe) AS soe_min,
        max(soe) AS soe_max, avg(target_power) AS target_power_avg,
        min(available_inverter_blocks) AS available_inverter_blocks_min, count(*) AS readings
      FROM flux.mg_bess_readings
      WHERE device_id = $1::text::uuid AND "time" >= date_bin('\(bucket)', $2::timestamptz, '2000-01-01 00:00Z')
        AND "time" < $3::timestamptz + interval '\(bucket)'
      GROUP BY 1
      """
    )
  }
}
