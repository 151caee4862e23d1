import Market
import Store

/// The desk as rows: for people what fits beside each other, for programs everything that is known.
struct DeskRows {
  let options: OutputOptions
  let london: LondonClock

  var writer: RowWriter { RowWriter(columns, options: options, london: london) }

  private var columns: [String] {
    options.format == .table
      ? ["signal", "value", "unit", "period", "age", "change", "was", "last day", "state", "why"]
      : [
        "signal", "value", "unit", "period", "time", "age", "observed_at", "state", "estimate", "revised", "change",
        "previous_time", "previous_value", "replaced_value", "replaced_observed_at", "next_time", "next_value",
        "due_at", "reason", "feed", "asked_at", "metadata",
      ]
  }

  func cells(of row: DeskReader.Row, in desk: Desk) -> [Cell] {
    let newest = row.newest
    let period = newest.map { SettlementPeriod(containing: $0.point.time, in: london).description }
    if options.format == .table {
      let day = Sparkline(
        desk.days[row.signal.id] ?? [], holds: row.holds, until: desk.now, width: 24)
      return [
        .text(row.signal.name), Cell(newest?.point.value), .text(row.signal.unit.description), Cell(period),
        newest.map { .duration($0.age) } ?? .null, Cell(newest?.change.map(Self.signed)), Cell(newest?.replaced?.value),
        .text(day.text), .text(row.words), Cell(row.reason),
      ]
    }
    return [
      .text(row.signal.name), Cell(newest?.point.value), .text(row.signal.unit.description), Cell(period),
      Cell(newest?.point.time), newest.map { .duration($0.age) } ?? .null, Cell(newest?.observedAt),
      Cell(row.state?.rawValue), .boolean(row.isEstimate), .boolean(newest?.replaced != nil), Cell(newest?.change),
      Cell(newest?.previous?.time), Cell(newest?.previous?.value), Cell(newest?.replaced?.value),
      Cell(newest?.replaced?.observedAt), Cell(row.next?.time), Cell(row.next?.value), Cell(row.dueAt),
      Cell(row.reason), Cell(row.feed), Cell(row.askedAt), newest?.metadata.map(Cell.json) ?? .null,
    ]
  }

  /// `+3.1`, `-12`, `0`; rounded to a hundredth, since a difference of two `real` has no digits beyond theirs.
  static func signed(_ change: Float) -> String {
    let rounded = (change * 100).rounded() / 100
    return (rounded > 0 ? "+" : "") + shortest(rounded == 0 ? 0 : rounded)
  }
}

extension DeskReader.Row {
  /// Whether a value holds until the next, as a schedule's do.
  var holds: Bool { newest.map { $0.cadence == nil } ?? false }
}
