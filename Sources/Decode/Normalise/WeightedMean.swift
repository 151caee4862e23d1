import Market

/// Records of the same time made one: the mean of their values, weighted by volume.
///
/// Source: BSC Section T, Market Price. A provider that did not trade publishes price 0 and volume 0; that is no price.
struct WeightedMean {
  private struct Entry {
    let time: Instant
    /// The index of its name.
    let provider: Int
    let weight: Double
    /// The index of its first number.
    let numbers: Int
    let index: Int
  }

  private let values: [RecordPlan.Value]
  private let weightSlot: Int?
  private var entries: [Entry] = []
  /// NaN where a record rightly has none.
  private var numbers: [Double] = []
  /// As they were met; there are few.
  private var providers: [[UInt8]] = []
  /// Times of which a record was refused: a mean of the others would be a price that nobody published.
  private var spoilt: Set<Instant> = []

  init(_ plan: RecordPlan) {
    values = plan.values
    weightSlot = plan.mean?.weight
  }

  mutating func add(
    _ bytes: Span<UInt8>, name: (start: Int, count: Int), time: Instant, weight: Double, numbers: [Double], index: Int
  ) {
    var provider = 0
    while provider < providers.count, !bytes.has(providers[provider], at: name.start, count: name.count) {
      provider += 1
    }
    if provider == providers.count { providers.append(bytes.bytes(from: name.start, count: name.count)) }
    entries.append(Entry(time: time, provider: provider, weight: weight, numbers: self.numbers.count, index: index))
    self.numbers.append(contentsOf: numbers)
  }

  mutating func spoil(_ time: Instant) { spoilt.insert(time) }

  struct Outcome {
    /// One number a value and time, newest first; in the fields' own units.
    var numbers: [(number: Double, value: RecordPlan.Value, time: Instant)] = []
    var withoutValue = 0
    /// Times of which nothing is used, with a provider of each, how many records that leaves out, and why.
    var refused: [(index: Int, time: Instant, provider: String, records: Int, reason: String)] = []
  }

  mutating func finish() -> Outcome {
    var outcome = Outcome()
    // Providers in alphabetical order, whatever the reply's: the same records always give the same bits.
    var rank = Array(repeating: 0, count: providers.count)
    for (place, provider) in providers.indices.sorted(by: { providers[$0].lexicographicallyPrecedes(providers[$1]) })
      .enumerated()
    {
      rank[provider] = place
    }
    entries.sort {
      let (left, right) = ($0.time.microseconds, $1.time.microseconds)
      return left != right ? left > right : rank[$0.provider] < rank[$1.provider]
    }
    var start = 0
    while start < entries.count {
      var end = start + 1
      while end < entries.count, entries[end].time.microseconds == entries[start].time.microseconds { end += 1 }
      let group = withoutRepeats(entries[start..<end])
      func refuse(_ entry: Entry, _ reason: String) {
        let bytes = providers[entry.provider]
        let name = excerpt(of: bytes.span, Token(kind: .text, start: 0, count: bytes.count))
        outcome.refused.append((entry.index, entry.time, name, end - start, reason))
      }
      if let twice = zip(group, group.dropFirst()).first(where: { $0.provider == $1.provider }) {
        refuse(twice.0, "disagrees with itself about the same time")
      } else if spoilt.contains(group[0].time) {
        refuse(group[0], "is left out, since another record of the same time was refused")
      } else {
        for (offset, value) in values.enumerated() {
          if let number = number(of: value, offset, group) {
            outcome.numbers.append((number, value, group[0].time))
          } else {
            outcome.withoutValue += 1
          }
        }
      }
      start = end
    }
    return outcome
  }

  /// The same record twice, as where windows overlap, counts once.
  private func withoutRepeats(_ group: ArraySlice<Entry>) -> [Entry] {
    var kept: [Entry] = []
    for entry in group {
      if let last = kept.last, last.provider == entry.provider, last.weight == entry.weight,
        values.indices.allSatisfy({ areSame(numbers[last.numbers + $0], numbers[entry.numbers + $0]) })
      {
        continue
      }
      kept.append(entry)
    }
    return kept
  }

  private func areSame(_ left: Double, _ right: Double) -> Bool { left == right || (left.isNaN && right.isNaN) }

  private func number(of value: RecordPlan.Value, _ offset: Int, _ group: [Entry]) -> Double? {
    if value.slot == weightSlot { return group.reduce(0) { $0 + $1.weight } }
    let traded = group.filter { $0.weight > 0 && !numbers[$0.numbers + offset].isNaN }
    guard let first = traded.first else { return nil }
    // A single price is itself: multiplying and dividing by its volume would change the last bits.
    guard traded.count > 1 else { return numbers[first.numbers + offset] }
    var sum = 0.0
    var weights = 0.0
    for entry in traded {
      sum += numbers[entry.numbers + offset] * entry.weight
      weights += entry.weight
    }
    return sum / weights
  }
}
