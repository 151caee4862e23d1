import Market
import Postgres
import Store

/// The signals of the desk as they stood when they were read, and how old that is.
struct Desk: Sendable {
  let rows: [DeskReader.Row]
  /// The current values of the day before, by the signals' ids.
  let days: [Int32: [DeskReader.Point]]
  let readAt: ContinuousClock.Instant
  /// By the database's clock.
  let now: Instant

  /// - Parameter signals: nil for all that have a value, or a feed that should give one.
  /// - Throws: `NotDeployed`, `PostgresError`.
  static func read(_ signals: [Signal]?, through connection: Connection) async throws -> Desk {
    let reader = DeskReader(connection: connection)
    let ids = signals?.map(\.id)
    let rows = try await reader.read(signals: ids)
    let days = try await reader.lastDay(signals: ids)
    let order = Dictionary(uniqueKeysWithValues: (ids ?? rows.map(\.signal.id)).enumerated().map { ($1, $0) })
    return Desk(
      rows: rows.filter { signals != nil || $0.newest != nil || $0.feed != nil }
        .sorted { order[$0.signal.id, default: 0] < order[$1.signal.id, default: 0] },
      days: days, readAt: .now, now: try await connection.now())
  }

  /// What time it is by the database's clock.
  func now(at instant: ContinuousClock.Instant) -> Instant { now.advanced(by: instant - readAt) }
}

extension DeskReader.Row {
  /// Whether what it shows is not what holds now: overdue for long, or nothing.
  var isStale: Bool { state == .stale || state == DeskReader.State.none }

  /// `stale, estimate, revised`; states are words, so that nothing is said by colour alone.
  var words: String {
    ([state?.rawValue ?? "unknown"] + (isEstimate ? ["estimate"] : []) + (newest?.replaced == nil ? [] : ["revised"]))
      .joined(separator: ", ")
  }
}
