package import Market

/// One version of a value, with when it was learnt.
package struct Revision: Hashable, Sendable {
  package let observation: Observation
  package let observedAt: Instant
  /// JSON; nil where there is none.
  package let metadata: String?
  /// Of the file, from 1.
  package let line: Int
}

/// From a file that `flux-market history` wrote, CSV or an object a line, to revisions in the file's order.
package struct RevisionDecoder {
  /// Of the columns that `history` writes the ones that say something that the others do not.
  package static let form = TableForm(
    name: "a file of `flux-market history`",
    columns: [
      TableForm.Column("time", .instant, isRequired: true), TableForm.Column("signal", .text, isRequired: true),
      TableForm.Column("value", .real, isRequired: true), TableForm.Column("observed_at", .instant, isRequired: true),
      TableForm.Column("unit", .text), TableForm.Column("metadata", .json),
    ], allowsOthers: true)

  private var lines = TableLines(form)
  private var reader: RevisionReader

  /// - Parameters:
  ///   - signals: all that the database knows.
  ///   - latest: the latest instant at which anything can have been observed.
  package init(signals: [Signal], latest: Instant) {
    reader = RevisionReader(signals: signals, latest: latest)
  }

  /// Reads as many lines as the block has in full; as ``TupleDecoder/read(_:isLast:)``.
  package mutating func read(_ block: Span<UInt8>, isLast: Bool) throws(TableError) -> Int {
    var start = 0
    if lines.format == nil {
      guard let begun = try lines.begin(block, isLast: isLast) else { return 0 }
      start = begun
      reader.begin(lines.columns, isCSV: lines.format == .csv)
    }
    return lines.read(block, from: start, isLast: isLast, into: &reader)
  }

  package var count: Int { reader.revisions.count }

  /// The revisions that were read since it was called last.
  package mutating func takeRevisions() -> [Revision] {
    defer { reader.revisions = [] }
    return reader.revisions
  }

  /// The lines that were refused since it was called last.
  package mutating func takeRefused() -> [RefusedLine] {
    defer { reader.refused = [] }
    return reader.refused
  }
}

/// Reads the cells of one revision a line.
private struct RevisionReader: LineSink {
  private let signals: [(name: [UInt8], signal: Signal)]
  private let latest: Instant
  private var isCSV = true
  private var columns: [TableForm.Column] = []
  /// Of each column of the form; -1 where the file has none.
  private var slots: (time: Int, signal: Int, value: Int, observedAt: Int, unit: Int, metadata: Int) = (
    -1, -1, -1, -1, -1, -1
  )
  /// Of the line before: nearly all are of the same signal.
  private var known = 0
  var revisions: [Revision] = []
  var refused: [RefusedLine] = []

  init(signals: [Signal], latest: Instant) {
    self.signals = signals.map { (Array($0.name.utf8), $0) }
    self.latest = latest
  }

  mutating func begin(_ columns: [TableForm.Column], isCSV: Bool) {
    self.isCSV = isCSV
    self.columns = columns
    func slot(_ name: String) -> Int { columns.firstIndex { $0.name == name } ?? -1 }
    slots = (slot("time"), slot("signal"), slot("value"), slot("observed_at"), slot("unit"), slot("metadata"))
  }

  mutating func refuse(line: Int, value: String, _ reason: String) {
    refused.append(RefusedLine(line: line, column: "", value: value, reason: reason))
  }

  private struct Wrong: Error {
    let slot: Int
    let reason: String
  }

  mutating func take(_ tokens: Span<Token>, of bytes: Span<UInt8>, index: Int, record: Range<Int>) {
    do throws(Wrong) {
      let signal = try readSignal(tokens, of: bytes)
      let time = try readInstant(tokens[slots.time], slots.time, of: bytes)
      let observedAt = try readInstant(tokens[slots.observedAt], slots.observedAt, of: bytes)
      guard observedAt <= latest else { throw Wrong(slot: slots.observedAt, reason: "is still to come") }
      let value = try readValue(tokens[slots.value], of: bytes)
      let metadata = slots.metadata < 0 ? nil : try readMetadata(tokens[slots.metadata], of: bytes)
      revisions.append(
        Revision(
          observation: Observation(time: time, signal: signal.id, value: value), observedAt: observedAt,
          metadata: metadata, line: index))
    } catch {
      refused.append(
        RefusedLine(
          line: index, column: columns[error.slot].name, value: excerpt(of: bytes, tokens[error.slot]),
          reason: error.reason))
    }
  }

  private mutating func readSignal(_ tokens: Span<Token>, of bytes: Span<UInt8>) throws(Wrong) -> Signal {
    let token = tokens[slots.signal]
    try present(token, slots.signal, of: bytes)
    let (start, count) = bytes.trimmed(token)
    if !bytes.has(signals[known].name, at: start, count: count) {
      guard let place = signals.firstIndex(where: { bytes.has($0.name, at: start, count: count) }) else {
        throw Wrong(
          slot: slots.signal,
          reason: "is no signal of this database; `flux-market db signal add` registers one")
      }
      known = place
    }
    let signal = signals[known].signal
    if slots.unit >= 0 {
      let unit = tokens[slots.unit]
      guard let text = bytes.text(unit, isCSV: isCSV),
        String(decoding: text, as: UTF8.self) == signal.unit.description
      else { throw Wrong(slot: slots.unit, reason: "is not the unit of \(signal.name), \(signal.unit)") }
    }
    return signal
  }

  private func readInstant(_ token: Token, _ slot: Int, of bytes: Span<UInt8>) throws(Wrong) -> Instant {
    try present(token, slot, of: bytes)
    let (start, count) = bytes.trimmed(token)
    guard token.kind == .text, let instant = Instant(bytes, at: start, count: count) else {
      throw Wrong(slot: slot, reason: "is not an instant such as 2026-03-29T00:30:00Z")
    }
    return instant
  }

  private func readValue(_ token: Token, of bytes: Span<UInt8>) throws(Wrong) -> Float {
    try present(token, slots.value, of: bytes)
    let (start, count) = bytes.trimmed(token)
    guard token.kind == (isCSV ? .text : .number),
      let value = NumberScanner.float(bytes, at: start, count: count, scale: 1)
    else { throw Wrong(slot: slots.value, reason: "is not a number that a real holds") }
    return value
  }

  private func readMetadata(_ token: Token, of bytes: Span<UInt8>) throws(Wrong) -> String? {
    guard token.kind != .absent, token.kind != .null, !(isCSV && bytes.trimmed(token).count == 0) else { return nil }
    guard let json = bytes.json(token, isCSV: isCSV), let text = String(validating: json, as: UTF8.self) else {
      throw Wrong(slot: slots.metadata, reason: "is not JSON")
    }
    return text
  }

  private func present(_ token: Token, _ slot: Int, of bytes: Span<UInt8>) throws(Wrong) {
    guard token.kind != .absent, token.kind != .null, bytes.trimmed(token).count > 0 else {
      throw Wrong(slot: slot, reason: "is missing")
    }
  }
}
