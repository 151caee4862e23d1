import Market
import Store

/// The forms in which `history` prints: values, revisions, means, signals side by side, vintages.
struct HistoryRows: Sendable {
  let reader: HistoryReader
  let signals: [Signal]
  let london: LondonClock
  let options: OutputOptions
  /// Where the rows go instead of to standard output.
  let file: OutputFile?
  /// Said where there are no rows.
  let none: String

  private func sink(_ columns: [String]) -> RowSink {
    RowSink(RowWriter(columns, options: options, london: london, to: file))
  }

  /// The instant, its settlement date and its period.
  private func time(_ instant: Instant) -> [Cell] {
    let period = SettlementPeriod(containing: instant, in: london)
    return [.instant(instant), .text(period.date.description), .integer(period.number)]
  }

  private static let time = ["time", "date", "period"]

  func values(_ view: HistoryReader.View) async throws {
    let isRevisions = view == .revisions
    let sink = sink(
      Self.time + ["signal"] + (isRevisions ? ["revision"] : []) + ["value", "unit", "observed_at", "metadata"]
        + (isRevisions ? ["previous_value", "previous_observed_at"] : []))
    try await reader.values(view) { values in
      for value in values {
        let signal = signals[value.signal]
        var row = time(value.time) + [.text(signal.name)]
        if let place = value.place { row.append(.integer(place.number)) }
        row += [
          .real(value.value), .text(signal.unit.description), Cell(value.observedAt),
          value.metadata.map(Cell.json) ?? .null,
        ]
        if let place = value.place { row += [Cell(place.previousValue), Cell(place.previousObservedAt)] }
        sink.write(row)
      }
    }
    sink.finish(none: none)
  }

  func means(_ view: HistoryReader.View, every bucket: HistoryReader.Bucket) async throws {
    let sink = sink(Self.time + ["signal", "mean", "unit", "count", "min", "max"])
    try await reader.means(view, every: bucket) { means in
      for mean in means {
        let signal = signals[mean.signal]
        sink.write(
          time(mean.time) + [
            .text(signal.name), .real(mean.mean), .text(signal.unit.description), .integer(mean.count),
            .real(mean.least), .real(mean.greatest),
          ])
      }
    }
    sink.finish(none: none)
  }

  func wide(_ view: HistoryReader.View, every bucket: HistoryReader.Bucket?) async throws {
    let sink = sink(Self.time + signals.map(\.name))
    try await reader.lines(view, every: bucket) { lines in
      for line in lines { sink.write(time(line.time) + line.values.map { Cell($0) }) }
    }
    sink.finish(none: none)
  }

  func vintages() async throws {
    let sink = sink(["observed_at", "new", "revised", "first_time", "last_time"])
    try await reader.vintages { vintages in
      for vintage in vintages {
        sink.write([
          Cell(vintage.observedAt), .integer(vintage.first), .integer(vintage.revised), .instant(vintage.earliest),
          .instant(vintage.latest),
        ])
      }
    }
    sink.finish(none: none)
  }
}

extension [Signal] {
  /// The one of them with this id.
  fileprivate subscript(id: Int32) -> Signal {
    guard let signal = first(where: { $0.id == id }) else { preconditionFailure("no signal \(id) was asked for") }
    return signal
  }
}
