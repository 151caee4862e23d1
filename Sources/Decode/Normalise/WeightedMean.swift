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
  /// As they were met, there are few; and where in the reply.
  private var providers: [[UInt8]] = []
  private var places: [Token] = []
  /// Times of which a record was refused: a mean of the others would be a price that nobody published.
  private var spoilt: Set<Instant> = []

  init(_ plan: RecordPlan) {
    values = plan.values
    weightSlot = plan.mean?.weight
  }

  mutating func expect(records: Int) {
    entries.reserveCapacity(records)
    numbers.reserveCapacity(records * values.count)
  }

  /// The record's numbers one by one, before ``add(_:name:time:weight:index:)``.
  mutating func append(_ number: Double) { numbers.append(number) }

  /// Forgets the record's numbers so far.
  mutating func forgetNumbers() { numbers.removeLast(numbers.count - entries.count * values.count) }

  mutating func add(_ bytes: Span<UInt8>, name: Token, time: Instant, weight: Double, index: Int) {
    var provider = 0
    while provider < places.count, !isSame(places[provider], name, bytes) { provider += 1 }
    if provider == places.count {
      places.append(name)
      providers.append(bytes.bytes(from: name.start, count: name.count))
    }
    entries.append(
      Entry(time: time, provider: provider, weight: weight, numbers: entries.count * values.count, index: index))
  }

  private func isSame(_ known: Token, _ name: Token, _ bytes: Span<UInt8>) -> Bool {
    known.count == name.count && bytes.areSame(known.start, name.start, count: name.count)
  }

  mutating func spoil(_ time: Instant) { spoilt.insert(time) }

  typealias Refused = (index: Int, time: Instant, provider: String, records: Int, reason: String)

  struct Outcome {
    /// One number a value and time, newest first, in the fields' own units; the value by its place in the plan.
    var numbers: [(number: Double, value: Int, time: Instant)] = []
    var withoutValue = 0
    /// Times of which nothing is used, with a provider of each, how many records that leaves out, and why.
    var refused: [Refused] = []
  }

  mutating func finish() -> Outcome {
    var outcome = Outcome()
    // Providers in alphabetical order, whatever the reply's: the same records always give the same bits.
    var rank = Array(repeating: 0, count: providers.count)
    let alphabetical = providers.indices.sorted { providers[$0].lexicographicallyPrecedes(providers[$1]) }
    for (place, provider) in alphabetical.enumerated() { rank[provider] = place }
    sortNewestFirst(rank)
    outcome.numbers.reserveCapacity(entries.count / max(providers.count, 1) * values.count)
    var start = 0
    while start < entries.count {
      let end = endOfTime(start)
      let group = start..<dropRepeats(start..<end)
      if let twice = repeated(group) {
        outcome.refused.append(refused(entries[twice], end - start, "disagrees with itself about the same time"))
      } else if !spoilt.isEmpty, spoilt.contains(entries[start].time) {
        let reason = "is left out, since another record of the same time was refused"
        outcome.refused.append(refused(entries[start], end - start, reason))
      } else {
        for value in 0..<values.count {
          if let number = mean(of: value, group) {
            outcome.numbers.append((number, value, entries[start].time))
          } else {
            outcome.withoutValue += 1
          }
        }
      }
      start = end
    }
    return outcome
  }

  private func refused(_ entry: Entry, _ records: Int, _ reason: String) -> Refused {
    let bytes = providers[entry.provider]
    let name = excerpt(of: bytes.span, Token(kind: .text, start: 0, count: bytes.count))
    return (entry.index, entry.time, name, records, reason)
  }

  /// The first of two in turn that are of one provider.
  private func repeated(_ group: Range<Int>) -> Int? {
    for index in group.lowerBound..<(group.upperBound - 1)
    where entries[index].provider == entries[index + 1].provider {
      return index
    }
    return nil
  }

  /// By time, within a time in the providers' order, and what one provider repeats in the reply's.
  private mutating func sortNewestFirst(_ rank: [Int]) {
    func areInOrder(_ inOrder: (Int64, Int64) -> Bool) -> Bool {
      var index = 1
      while index < entries.count {
        if !inOrder(entries[index - 1].time.microseconds, entries[index].time.microseconds) { return false }
        index += 1
      }
      return true
    }
    if !areInOrder(>=) {
      if areInOrder(<=) { reverse() } else { entries.sort { $0.time.microseconds > $1.time.microseconds } }
    }
    var start = 0
    while start < entries.count {
      let end = endOfTime(start)
      if end - start == 2 {
        let (first, second) = (entries[start], entries[start + 1])
        if (rank[first.provider], first.index) > (rank[second.provider], second.index) {
          entries[start] = second
          entries[start + 1] = first
        }
      } else if end - start > 2 {
        entries[start..<end].sort { (rank[$0.provider], $0.index) < (rank[$1.provider], $1.index) }
      }
      start = end
    }
  }

  /// Not the library's, which allocates for each swap where it is not optimised: the tests count that.
  private mutating func reverse() {
    var (left, right) = (0, entries.count - 1)
    while left < right {
      let moved = entries[left]
      entries[left] = entries[right]
      entries[right] = moved
      (left, right) = (left + 1, right - 1)
    }
  }

  private func endOfTime(_ start: Int) -> Int {
    var end = start + 1
    while end < entries.count, entries[end].time.microseconds == entries[start].time.microseconds { end += 1 }
    return end
  }

  /// The same record twice, as where windows overlap, counts once.
  ///
  /// - Returns: the end of those that stay.
  private mutating func dropRepeats(_ group: Range<Int>) -> Int {
    var last = group.lowerBound
    for index in (group.lowerBound + 1)..<group.upperBound where !areSame(entries[last], entries[index]) {
      last += 1
      if last != index { entries[last] = entries[index] }
    }
    return last + 1
  }

  private func areSame(_ left: Entry, _ right: Entry) -> Bool {
    guard left.provider == right.provider, left.weight == right.weight else { return false }
    for value in 0..<values.count {
      let (one, other) = (numbers[left.numbers + value], numbers[right.numbers + value])
      if one != other, !(one.isNaN && other.isNaN) { return false }
    }
    return true
  }

  private func mean(of value: Int, _ group: Range<Int>) -> Double? {
    if values[value].slot == weightSlot {
      var total = 0.0
      for index in group { total += entries[index].weight }
      return total
    }
    var (sum, weights) = (0.0, 0.0)
    var (only, traded) = (0.0, 0)
    for index in group {
      let (weight, number) = (entries[index].weight, numbers[entries[index].numbers + value])
      guard weight > 0, !number.isNaN else { continue }
      sum += number * weight
      weights += weight
      (only, traded) = (number, traded + 1)
    }
    // A single price is itself: multiplying and dividing by its volume would change the last bits.
    return traded == 0 ? nil : traded == 1 ? only : sum / weights
  }
}
