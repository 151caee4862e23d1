import Market
import NIOCore
import Store
import Synchronization

/// Writes observations piece by piece, on a connection's thread.
protocol ObservationsWriter: Sendable {
  func begin() throws
  /// - Parameter all: how many there were before thinning; nil where nothing is thinned.
  func write(_ values: [HistoryReader.Value], of all: Int?) throws
  func end() throws
}

final class ObservationsJSON: ObservationsWriter {
  private struct State {
    var json = JSONText(capacity: 65_536)
    var points = 0
    var all: Int?
    var last: HistoryReader.Value?
    var isLimited = false
  }

  private let state = Mutex(State())
  private let preamble: Preamble
  private let limit: Int?
  private let cursor: @Sendable (HistoryReader.Value) -> Cursor
  private let pieces: PieceStream

  /// - Parameters:
  ///   - limit: of a page; what comes after it tells only that there is more. nil for no limit.
  ///   - cursor: where the next page begins.
  init(
    _ preamble: Preamble, limit: Int?, _ cursor: @escaping @Sendable (HistoryReader.Value) -> Cursor,
    to pieces: PieceStream
  ) {
    self.preamble = preamble
    self.limit = limit
    self.cursor = cursor
    self.pieces = pieces
  }

  func begin() {
    state.withLock { state in
      state.json.open("{")
      preamble.write(to: &state.json)
      state.json.key("observations")
      state.json.open("[")
    }
  }

  func write(_ values: [HistoryReader.Value], of all: Int?) throws {
    try pieces.offer(
      state.withLock { state in
        state.all = all
        for value in values {
          guard limit.map({ state.points < $0 }) ?? true else {
            state.isLimited = true
            break
          }
          Self.write(value, to: &state.json)
          state.points += 1
          state.last = value
        }
        return state.json.take()
      })
  }

  func end() throws {
    try pieces.offer(
      state.withLock { state in
        state.json.close("]")
        let all = state.all ?? state.points
        state.json.member("points", state.points)
        state.json.member("thinned", all > state.points)
        state.json.member("points_of", all)
        state.json.member("limited", state.isLimited)
        state.json.member("next_cursor", state.isLimited ? state.last.map { cursor($0).description } : nil)
        state.json.close("}")
        state.json.endLine()
        return state.json.take()
      })
  }

  private static func write(_ value: HistoryReader.Value, to json: inout JSONText) {
    json.object { json in
      json.member("time", value.time)
      json.member("value", value.value)
      json.member("observed_at", value.observedAt)
      json.member("metadata", json: value.metadata)
      guard let place = value.place else { return }
      json.member("revision", place.number)
      json.member("previous_value", place.previousValue)
      json.member("previous_observed_at", place.previousObservedAt)
    }
  }
}

/// The lines that `flux-market history --format csv` prints.
final class ObservationsCSV: ObservationsWriter {
  private let signal: Signal
  private let isOfRevisions: Bool
  private let london: LondonClock
  private let pieces: PieceStream

  init(_ signal: Signal, _ isOfRevisions: Bool, _ london: LondonClock, to pieces: PieceStream) {
    self.signal = signal
    self.isOfRevisions = isOfRevisions
    self.london = london
    self.pieces = pieces
  }

  func begin() throws {
    try pieces.offer(
      ByteBuffer(
        string: isOfRevisions
          ? "time,date,period,signal,revision,value,unit,observed_at,metadata,previous_value,previous_observed_at\n"
          : "time,date,period,signal,value,unit,observed_at,metadata\n"))
  }

  func write(_ values: [HistoryReader.Value], of all: Int?) throws {
    var text = ByteBufferAllocator().buffer(capacity: values.count * 96)
    for value in values {
      let period = SettlementPeriod(containing: value.time, in: london)
      text.writeString("\(value.time),\(period.date),\(period.number),\(signal.name),")
      if let place = value.place { text.writeString("\(place.number),") }
      text.writeString(
        "\(shortest(value.value)),\(csvField(signal.unit.description)),\(value.observedAt?.description ?? ""),"
          + csvField(value.metadata ?? ""))
      if let place = value.place {
        text.writeString(
          ",\(place.previousValue.map(shortest) ?? ""),\(place.previousObservedAt?.description ?? "")")
      }
      text.writeString("\n")
    }
    try pieces.offer(text)
  }

  func end() {}
}
