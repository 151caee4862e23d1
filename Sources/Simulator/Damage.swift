internal import Market

extension Reply {
  /// This reply with a fault of its records; nil where it has none that can be damaged so.
  ///
  /// What is damaged is no longer among the records, which are what a reader can use; where they stand is told of the
  /// body as it was before.
  ///
  /// - Parameter number: the request's, which decides which period it is.
  func damaged(by fault: Fault, number: Int, dice: Dice) -> Reply? {
    guard !records.isEmpty else { return nil }
    let chosen = records[dice.number(below: UInt64(records.count), number, 0, .damage)]
    // All providers' records of the period, or the rest would make up another value.
    let targets = records.indices.filter { records[$0].date == chosen.date && records[$0].period == chosen.period }
    switch fault {
    case .text:
      return replacingValues(of: targets) { [UInt8(ascii: "\"")] + $0 + [UInt8(ascii: "\"")] }
    case .huge:
      var reply = replacingValues(of: targets) { _ in Array("1e39".utf8) }
      // It is a number all the same: a mean of it is too large, and the volume beside it is as good as ever.
      reply.records = withoutFirstValue(of: targets, keepingOthers: true)
      return reply
    case .null: return replacingValues(of: targets) { _ in Array("null".utf8) }
    case .nan:
      var reply = replacingValues(of: targets) { _ in Array("NaN".utf8) }
      reply.records = []
      return reply
    case .period(let wrong):
      guard !(1...chosen.periodCount).contains(wrong) else { return nil }
      var reply = replacing(targets.map { (records[$0].periodBytes, Array("\(wrong)".utf8)) })
      reply.records = without(targets)
      return reply
    case .anotherDay:
      // Farther off than any window is long.
      var reply = replacing(records.map { ($0.dateBytes, Array("\($0.date.advanced(by: -364))".utf8)) })
      reply.records = []
      return reply
    case .disagree:
      var reply = replacing(targets.map { (records[$0].bytes, doubled(records[$0])) })
      reply.records = withoutFirstValue(of: targets)
      return reply
    case .unknown:
      let more = Array(#","addedLater":{"is":[1,"two"]},"alsoNew":null"#.utf8)
      return replacing(records.map { ($0.bytes.upperBound - 1..<$0.bytes.upperBound - 1, more) })
    case .gone:
      var reply = replacing(records.map { (member(of: $0.values[0]), []) })
      reply.records = withoutFirstValue(of: Array(records.indices))
      return reply
    case .outage, .hang, .reset, .slow, .endless, .html, .empty, .truncated, .wrongType, .corruptGzip, .bomb,
      .redirectLoop, .elsewhere, .status, .stale:
      return nil
    }
  }

  /// The first value of each target, as `change` has it.
  private func replacingValues(of targets: [Int], _ change: ([UInt8]) -> [UInt8]) -> Reply {
    var reply = replacing(
      targets.map { (records[$0].values[0].bytes, change(Array(body[records[$0].values[0].bytes]))) })
    reply.records = withoutFirstValue(of: targets)
    return reply
  }

  /// The records that can still be used once the first values of `targets` cannot: a mean needs all that it is of.
  ///
  /// - Parameter keepsOthers: also those that were one of several of a mean.
  private func withoutFirstValue(of targets: [Int], keepingOthers keepsOthers: Bool = false) -> [Record] {
    guard keepsOthers || targets.allSatisfy({ records[$0].provider == nil }) else { return without(targets) }
    var left = records
    for target in targets { left[target].values.removeFirst() }
    return left.filter { !$0.values.isEmpty }
  }

  private func without(_ targets: [Int]) -> [Record] {
    records.indices.filter { !targets.contains($0) }.map { records[$0] }
  }

  /// A record twice, the second time with a first value of its own.
  private func doubled(_ record: Record) -> [UInt8] {
    let value = record.values[0].bytes
    let again = body[record.bytes.lowerBound..<value.lowerBound] + Array("-123.25".utf8)
      + body[value.upperBound..<record.bytes.upperBound]
    return body[record.bytes] + [UInt8(ascii: ",")] + again
  }

  /// `,"field":value`, which no record begins with.
  private func member(of value: Value) -> Range<Int> {
    value.bytes.lowerBound - value.field.utf8.count - 4..<value.bytes.upperBound
  }

  /// The body with pieces of it replaced; the records' ranges are then those of the body before.
  private func replacing(_ pieces: [(Range<Int>, [UInt8])]) -> Reply {
    var reply = self
    for (range, bytes) in pieces.sorted(by: { $0.0.lowerBound > $1.0.lowerBound }) {
      reply.body.replaceSubrange(range, with: bytes)
    }
    return reply
  }
}
