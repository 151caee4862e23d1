import Feeds
import Market

/// Several records of one time, made one.
extension RecordReader {
  /// - Returns: false where the record was refused, and with it the mean of its time.
  mutating func collect(_ slots: Span<Token>, time: Instant, index: Int, of bytes: Span<UInt8>) -> Bool {
    let isWhole = add(slots, time: time, index: index, of: bytes)
    if !isWhole {
      mean?.forgetNumbers()
      mean?.spoil(time)
    }
    return isWhole
  }

  private mutating func add(_ slots: Span<Token>, time: Instant, index: Int, of bytes: Span<UInt8>) -> Bool {
    guard let rule = plan.mean else { return true }
    let over = slots[rule.over]
    guard over.kind == .text else {
      reject(over, field: rule.overField, time: time, index: index, of: bytes, "is not a name")
      return false
    }
    for place in 0..<plan.values.count {
      let value = plan.values[place]
      let token = slots[value.slot]
      if let number = number(token, isText: value.isText, of: bytes) {
        if value.slot != rule.weight { mean?.append(number) }
      } else if let reason = reasonWithoutNumber(token, value, of: bytes) {
        reject(token, field: plan.fields[value.slot], time: time, index: index, of: bytes, reason)
        return false
      } else if value.slot != rule.weight {
        mean?.append(.nan)
      }
    }
    let weight = slots[rule.weight]
    guard let volume = number(weight, isText: rule.isWeightText, of: bytes), volume >= 0 else {
      reject(weight, field: rule.weightField, time: time, index: index, of: bytes, "is no weight: it must be 0 or more")
      return false
    }
    mean?.add(bytes, name: over, time: time, weight: volume, index: index)
    return true
  }

  private func number(_ token: Token, isText: Bool, of bytes: Span<UInt8>) -> Double? {
    guard token.kind == .number || (token.kind == .text && isText) else { return nil }
    let (start, count) = bytes.trimmed(token)
    return NumberScanner.double(bytes, at: start, count: count)
  }

  /// Makes observations of the means.
  mutating func finishMean() {
    // Taken out, so that it is not copied where it changes.
    guard var mean else { return }
    self.mean = nil
    batch.observations.reserveCapacity(mean.mostMeans)
    let outcome = mean.finish { number, place, time in
      let value = plan.values[place]
      let float = Float(number * value.scale)
      if float.isFinite {
        batch.observations.append(Observation(time: time, signal: value.signal, value: float))
        flag(float, value, at: time)
      } else {
        batch.counts.rejected += 1
        refuse(
          place: "the mean", time: time, field: plan.fields[value.slot], value: "\(number)",
          reason: "is beyond the range of PostgreSQL's real")
      }
    }
    batch.counts.withoutValue += outcome.withoutValue
    for (index, time, provider, records, reason) in outcome.refused {
      batch.counts.rejected += records
      refuse(
        place: place.text(index), time: time, field: plan.mean?.overField ?? "", value: provider, reason: reason)
    }
  }
}
