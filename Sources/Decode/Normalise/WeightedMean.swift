import Market

/// Records of the same time made one: the mean of their values, weighted by volume.
///
/// Source: BSC Section T, Market Price. A provider that did not trade publishes price 0 and volume 0; that is no price.
struct WeightedMean {
  private struct Entry {
    let time: Instant
    let over: [UInt8]
    let weight: Double
    /// The index of its first number.
    let numbers: Int
    let index: Int
  }

  private let values: [RecordPlan.Value]
  private let weightField: String
  private var entries: [Entry] = []
  private var numbers: [Double?] = []
  /// Times of which a record was refused: a mean of the others would be a price that nobody published.
  private var spoilt: Set<Instant> = []

  init(_ plan: RecordPlan) {
    values = plan.values
    weightField = plan.mean?.weightField ?? ""
  }

  mutating func add(time: Instant, over: [UInt8], weight: Double, numbers: [Double?], index: Int) {
    entries.append(Entry(time: time, over: over, weight: weight, numbers: self.numbers.count, index: index))
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
    entries.sort { $0.time != $1.time ? $0.time > $1.time : $0.over.lexicographicallyPrecedes($1.over) }
    var start = 0
    while start < entries.count {
      var end = start + 1
      while end < entries.count, entries[end].time == entries[start].time { end += 1 }
      let group = withoutRepeats(entries[start..<end])
      func refuse(_ entry: Entry, _ reason: String) {
        let name = excerpt(of: entry.over.span, Token(kind: .text, start: 0, count: entry.over.count))
        outcome.refused.append((entry.index, entry.time, name, end - start, reason))
      }
      if let twice = zip(group, group.dropFirst()).first(where: { $0.over == $1.over }) {
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
      if let last = kept.last, last.over == entry.over, last.weight == entry.weight,
        numbers[last.numbers..<(last.numbers + values.count)]
          == numbers[entry.numbers..<(entry.numbers + values.count)]
      {
        continue
      }
      kept.append(entry)
    }
    return kept
  }

  private func number(of value: RecordPlan.Value, _ offset: Int, _ group: [Entry]) -> Double? {
    if value.field == weightField { return group.reduce(0) { $0 + $1.weight } }
    let traded = group.filter { $0.weight > 0 && numbers[$0.numbers + offset] != nil }
    guard let first = traded.first else { return nil }
    // A single price is itself: multiplying and dividing by its volume would change the last bits.
    guard traded.count > 1 else { return numbers[first.numbers + offset] }
    var sum = 0.0
    var weights = 0.0
    for entry in traded {
      sum += (numbers[entry.numbers + offset] ?? 0) * entry.weight
      weights += entry.weight
    }
    return sum / weights
  }
}
