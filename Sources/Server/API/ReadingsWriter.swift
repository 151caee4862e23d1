import Market
import NIOCore
import Store
import Synchronization

/// Writes readings piece by piece, on a connection's thread.
final class ReadingsWriter: Sendable {
  private struct State {
    var json = JSONText(capacity: 65_536)
    var columns: [String] = []
    var points = 0
    var last: Instant?
    var isLimited = false
  }

  private let state = Mutex(State())
  private let isCSV: Bool
  private let limit: Int
  private let pieces: PieceStream
  private let cursor: @Sendable (Instant) -> Cursor

  /// - Parameters:
  ///   - limit: of a page of JSON; what comes after it tells only that there is more.
  ///   - cursor: where the next page begins.
  init(isCSV: Bool, limit: Int, to pieces: PieceStream, cursor: @escaping @Sendable (Instant) -> Cursor) {
    self.isCSV = isCSV
    self.limit = limit
    self.pieces = pieces
    self.cursor = cursor
  }

  func begin(_ columns: [String], _ preamble: (inout JSONText) -> Void) throws {
    state.withLock { state in
      state.columns = columns
      guard !isCSV else { return }
      state.json.open("{")
      preamble(&state.json)
      state.json.key("readings")
      state.json.open("[")
    }
    if isCSV { try pieces.offer(ByteBuffer(string: (["time"] + columns).joined(separator: ",") + "\n")) }
  }

  @Sendable func write(_ readings: [ReadingReader.Reading]) throws {
    try pieces.offer(
      state.withLock { state in
        guard !isCSV else { return Self.lines(readings) }
        for reading in readings {
          guard state.points < limit else {
            state.isLimited = true
            break
          }
          state.json.object { json in
            json.member("time", reading.time)
            for (column, value) in zip(state.columns, reading.values) {
              json.key(column)
              json.literal(value ?? "null")
            }
          }
          state.points += 1
          state.last = reading.time
        }
        return state.json.take()
      })
  }

  private static func lines(_ readings: [ReadingReader.Reading]) -> ByteBuffer {
    var text = ByteBufferAllocator().buffer(capacity: readings.count * 64)
    for reading in readings {
      text.writeString("\(reading.time)")
      for value in reading.values { text.writeString(",\(value ?? "")") }
      text.writeString("\n")
    }
    return text
  }

  func end() throws {
    guard !isCSV else { return }
    try pieces.offer(
      state.withLock { state in
        state.json.close("]")
        state.json.member("points", state.points)
        state.json.member("limited", state.isLimited)
        state.json.member("next_cursor", state.isLimited ? state.last.map { cursor($0).description } : nil)
        state.json.close("}")
        state.json.endLine()
        return state.json.take()
      })
  }
}
