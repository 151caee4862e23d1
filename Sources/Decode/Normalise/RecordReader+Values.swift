import Market

extension RecordReader {
  /// Makes an observation of each of the record's values.
  ///
  /// - Returns: false where a value was refused.
  @inline(__always)
  mutating func observe(_ slots: Span<Token>, at time: Instant, index: Int, of bytes: Span<UInt8>) -> Bool {
    var (isWhole, isBelievable) = (true, true)
    for place in 0..<plan.values.count {
      let value = plan.values[place]
      guard let number = Self.number(slots[value.slot], value, of: bytes) else {
        isWhole = false
        continue
      }
      batch.observations.append(Observation(time: time, signal: value.signal, value: number))
      if Double(number) < value.lowest || Double(number) > value.highest { isBelievable = false }
    }
    if !isBelievable { flag(slots, at: time, of: bytes) }
    return isWhole || areAbsent(slots, at: time, index: index, of: bytes)
  }

  @inline(__always)
  private static func number(_ token: Token, _ value: RecordPlan.Value, of bytes: Span<UInt8>) -> Float? {
    guard token.kind == .number || (token.kind == .text && value.isText) else { return nil }
    if let short = ShortNumber.double(bytes, at: token.start, count: token.count) {
      let float = Float(short * value.scale)
      return float.isFinite ? float : nil
    }
    return longNumber(token, value, of: bytes)
  }

  @inline(never)
  static func longNumber(_ token: Token, _ value: RecordPlan.Value, of bytes: Span<UInt8>) -> Float? {
    let (start, count) = token.kind == .number ? (token.start, token.count) : bytes.trimmed(token)
    return NumberScanner.float(bytes, at: start, count: count, scale: value.scale)
  }

  /// Whether all values of the record that are no numbers are rightly none; those that are not are rejected.
  @inline(never)
  private mutating func areAbsent(_ slots: Span<Token>, at time: Instant, index: Int, of bytes: Span<UInt8>) -> Bool {
    var areAbsent = true
    for value in plan.values where Self.number(slots[value.slot], value, of: bytes) == nil {
      let token = slots[value.slot]
      if let reason = reasonWithoutNumber(token, value, of: bytes) {
        reject(token, field: plan.fields[value.slot], time: time, index: index, of: bytes, reason)
        areAbsent = false
      } else {
        batch.counts.withoutValue += 1
      }
    }
    return areAbsent
  }

  /// Why the token is no value of the rule; nil where it is rightly absent.
  func reasonWithoutNumber(_ token: Token, _ value: RecordPlan.Value, of bytes: Span<UInt8>) -> String? {
    switch token.kind {
    case .absent: return "is missing"
    case .null: return value.isNullable ? nil : "is null, which the feed does not allow"
    case .number: return numberReason(bytes, token.start, token.count)
    case .text where value.isText:
      let (start, count) = bytes.trimmed(token)
      if count == 0 { return value.isNullable ? nil : "is empty, which the feed does not allow" }
      return numberReason(bytes, start, count)
    case .text, .escaped: return "is text, not a number"
    case .boolean, .composite: return "is not a number"
    }
  }

  private func numberReason(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> String {
    NumberScanner.isNumber(bytes, at: start, count: count)
      ? "is beyond the range of PostgreSQL's real" : "is not a number"
  }

  @inline(never)
  private mutating func flag(_ slots: Span<Token>, at time: Instant, of bytes: Span<UInt8>) {
    for value in plan.values {
      if let number = Self.number(slots[value.slot], value, of: bytes) { flag(number, value, at: time) }
    }
  }

  mutating func flag(_ number: Float, _ value: RecordPlan.Value, at time: Instant) {
    let bound: String
    if Double(number) < value.lowest {
      bound = "below \(value.lowest)"
    } else if Double(number) > value.highest {
      bound = "above \(value.highest)"
    } else {
      return
    }
    batch.flags.append(
      ImplausibleValue(
        signal: value.signal, time: time, value: number, reason: "\(bound) \(plan.units[value.signal] ?? "")"))
  }
}
