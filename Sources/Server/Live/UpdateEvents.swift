import Market
import Store

/// Turns updates into events.
struct UpdateEvents: Sendable {
  private let reader: UpdateReader
  private let signals: [Int32: Signal]
  private let london: LondonClock

  /// A load of more rows is one event, since whoever shows the range reads it anew.
  static let mostRows = 100

  init(_ reader: UpdateReader, _ table: SignalTable, london: LondonClock) {
    self.reader = reader
    signals = Dictionary(uniqueKeysWithValues: table.signals.map { ($0.id, $0) })
    self.london = london
  }

  /// - Parameters:
  ///   - before: where a reader may go on who has not seen all of them.
  ///   - after: where one may who has.
  /// - Throws: `NotDeployed`, `PostgresError`.
  func batch(of update: Update, before: Cursor, after: Cursor) async throws -> LiveBatch {
    var pending: [(Cursor) -> LiveEvent] = []
    for part in update.parts {
      guard let signal = signals[part.signal] else { continue }
      guard part.inserted <= Self.mostRows else {
        pending.append { id in reload(signal, part, update, id) }
        continue
      }
      for value in try await reader.values(of: part, in: update) {
        pending.append { id in event(of: value, signal, update, id) }
      }
    }
    let last = pending.indices.last
    return LiveBatch(pending.indices.map { pending[$0]($0 == last ? after : before) }, place: after)
  }

  private func event(of value: InsertedValue, _ signal: Signal, _ update: Update, _ id: Cursor) -> LiveEvent {
    LiveEvent(value.previous == nil ? "value" : "revision", of: signal.id, id: id) { json in
      json.member("signal", signal.name)
      json.member("unit", signal.unit.description)
      json.member("time", value.time)
      json.settlement(of: value.time, signal, in: london)
      json.member("value", value.value)
      json.member("observed_at", value.observedAt)
      json.member("stored_at", update.storedAt)
      json.member("current", value.isCurrent)
      json.member("previous_value", value.previous?.value)
      json.member("previous_observed_at", value.previous?.observedAt)
      json.origin(of: update)
    }
  }

  private func reload(_ signal: Signal, _ part: Update.Part, _ update: Update, _ id: Cursor) -> LiveEvent {
    LiveEvent("reload", of: signal.id, id: id) { json in
      json.member("signal", signal.name)
      json.member("from", part.first)
      json.member("to", part.last.advanced(by: .microseconds(1)))
      json.member("inserted", part.inserted)
      json.member("observed_at", update.observedAt)
      json.member("stored_at", update.storedAt)
      json.origin(of: update)
    }
  }
}

extension JSONText {
  /// The half hour that a value is of; null for a signal of instants.
  mutating func settlement(of time: Instant?, _ signal: Signal, in london: LondonClock) {
    let period = signal.isHalfHourly ? time.map { SettlementPeriod(containing: $0, in: london) } : nil
    member("settlement_date", period?.date.description)
    member("settlement_period", period?.number)
  }

  fileprivate mutating func origin(of update: Update) {
    member("source", update.source)
    member("kind", update.kind.rawValue)
    member("update", Int(update.place.id))
  }
}
