import Market
import Store

/// The tables of `quality`, one a check.
struct QualityTables: Sendable {
  let reader: QualityReader
  /// Those that are looked at.
  let signals: [Signal]
  /// All that the database has.
  let known: [Signal]
  /// Half hours on end with the same value that are shown.
  let shortestRun: Int

  /// Two sources of one quantity: what Elexon Insights publishes, and the Portal's best view of it.
  private static let sources: [(Signal, Signal)] = [
    (.imbalancePrice, .imbalancePriceSettled), (.nivOutturn, .nivSettled),
  ]

  func table(_ check: QualityCheck) async throws -> ReportTable {
    switch check {
    case .completeness: try await completeness(by: .months)
    case .clockChanges: try await completeness(by: .clockChanges)
    case .implausible: try await implausible()
    case .repeated: try await repeated()
    case .sources: try await compared()
    }
  }

  private func name(_ id: Int32) -> Cell { Cell(known.first { $0.id == id }?.name) }

  private func completeness(by stretch: QualityReader.Stretch) async throws -> ReportTable {
    let halfHourly = signals.filter(\.isHalfHourly).map(\.id)
    let isByMonth = stretch == .months
    return ReportTable(
      name: isByMonth ? "completeness" : "clock_changes",
      title: isByMonth ? "Half hours that have a value, by month" : "Half hours of the days on which the clocks change",
      none: isByMonth ? "no signals" : "the clocks do not change in this range",
      columns: ["signal", isByMonth ? "month" : "date", "present", "expected", "missing", "percent"],
      rows: try await reader.completeness(of: halfHourly, by: stretch).map { part in
        [
          name(part.signal), .text(isByMonth ? String(part.date.prefix(7)) : part.date), .integer(part.present),
          .integer(part.expected), .integer(part.expected - part.present),
          .percent(part.present, of: part.expected),
        ]
      })
  }

  private func implausible() async throws -> ReportTable {
    ReportTable(
      name: "implausible", title: "Values outside their plausible range", none: "none was flagged",
      columns: ["signal", "reason", "count", "min", "max", "first_time", "last_time"],
      rows: try await reader.implausible(of: signals.map(\.id)).map { part in
        [
          name(part.signal), .text(part.reason), .integer(part.count), .real(part.least), .real(part.greatest),
          .instant(part.earliest), .instant(part.latest),
        ]
      })
  }

  private func repeated() async throws -> ReportTable {
    let halfHourly = signals.filter(\.isHalfHourly).map(\.id)
    return ReportTable(
      name: "repeated", title: "The same value for \(shortestRun) half hours on end or more", none: "no such run",
      columns: ["signal", "value", "count", "first_time", "last_time"],
      rows: try await reader.repetitions(of: halfHourly, atLeast: shortestRun).map { run in
        [name(run.signal), .real(run.value), .integer(run.count), .instant(run.earliest), .instant(run.latest)]
      })
  }

  private func compared() async throws -> ReportTable {
    let pairs = Self.sources.filter { pair in signals.contains { $0.id == pair.0.id || $0.id == pair.1.id } }
    var rows: [[Cell]] = []
    for (signal, other) in pairs {
      guard let found = try await reader.difference(between: signal.id, and: other.id) else { continue }
      rows.append([
        .text(signal.name), .text(other.name), .integer(found.both), .integer(found.differ),
        .percent(found.differ, of: found.both), Cell(found.meanDifference), Cell(found.greatestDifference),
        .text(signal.unit.description),
      ])
    }
    return ReportTable(
      name: "sources", title: "Two sources of the same quantity", none: "no half hour has values of both sources",
      columns: ["signal", "other", "both", "differ", "percent", "mean_difference", "max_difference", "unit"],
      rows: rows)
  }
}
