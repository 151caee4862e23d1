import Market

/// Records of the same time made one: the mean of their values, weighted by volume.
///
/// Source: BSC Section T, Market Price. A provider that did not trade publishes price 0 and volume 0; that is no price.
struct WeightedMean {
  struct Entry {
    var time: Int64
    var weight: Double
    /// The index of its name.
    var provider: Int32
    /// How many were added before it: where its numbers are.
    var ordinal: Int32
    /// The record's number in the reply.
    var index: Int32
  }

  /// Of the values, those that are not the weight: the numbers that an entry has.
  let numbered: [RecordPlan.Value]
  private let values: [RecordPlan.Value]
  /// For each of the values, its number among an entry's; -1 for the weight.
  private let numberOfValue: [Int]
  let rule: RecordPlan.Mean
  private var entries: [Entry] = []
  /// NaN where a record rightly has none; those of the entry before, those of the next.
  private var numbers: [Double] = []
  /// As they were met, there are few.
  private var providers: [[UInt8]] = []
  /// Where one was met, as it is written there, blanks included; and which it is.
  private var places: [Token] = []
  private var providerOfPlace: [Int32] = []
  /// Times of which a record was refused: a mean of the others would be a price that nobody published.
  private var spoilt: Set<Instant> = []
  /// Lines that are read together.
  var together: [Entry] = []
  var numbersTogether: [Double] = []

  init(_ plan: RecordPlan, _ rule: RecordPlan.Mean) {
    self.rule = rule
    values = plan.values
    numbered = plan.values.filter { $0.slot != rule.weight }
    var place = -1
    numberOfValue = plan.values.map {
      if $0.slot == rule.weight { return -1 }
      place += 1
      return place
    }
  }

  mutating func expect(records: Int) {
    entries.reserveCapacity(records)
    numbers.reserveCapacity(records * numbered.count)
  }

  /// The record's numbers one by one, before ``add(_:name:time:weight:index:)``; not the weight.
  mutating func append(_ number: Double) { numbers.append(number) }

  /// Forgets the record's numbers so far.
  mutating func forgetNumbers() { numbers.removeLast(numbers.count - entries.count * numbered.count) }

  mutating func add(_ bytes: Span<UInt8>, name: Token, time: Instant, weight: Double, index: Int) {
    entries.append(
      Entry(
        time: time.microseconds, weight: weight, provider: provider(name, bytes),
        ordinal: Int32(truncatingIfNeeded: entries.count), index: Int32(truncatingIfNeeded: index)))
  }

  /// Takes over those of the lines that were read together.
  mutating func add(together lines: Range<Int>) {
    for line in lines {
      var entry = together[line]
      entry.ordinal = Int32(truncatingIfNeeded: entries.count)
      entries.append(entry)
    }
    for index in (lines.lowerBound &* numbered.count)..<(lines.upperBound &* numbered.count) {
      numbers.append(numbersTogether[index])
    }
  }

  @inline(__always)
  mutating func provider(_ name: Token, _ bytes: Span<UInt8>) -> Int32 {
    for index in 0..<places.count {
      let known = places[index]
      if known.count == name.count, bytes.areSame(known.start, name.start, count: name.count) {
        return providerOfPlace[index]
      }
    }
    return meet(name, bytes)
  }

  @inline(never)
  private mutating func meet(_ name: Token, _ bytes: Span<UInt8>) -> Int32 {
    let (start, count) = bytes.trimmed(name)
    let text = bytes.bytes(from: start, count: count)
    let provider = providers.firstIndex(of: text) ?? providers.count
    if provider == providers.count { providers.append(text) }
    places.append(name)
    providerOfPlace.append(Int32(provider))
    return Int32(provider)
  }

  mutating func spoil(_ time: Instant) { spoilt.insert(time) }

  typealias Refused = (index: Int, time: Instant, provider: String, records: Int, reason: String)

  struct Outcome {
    var withoutValue = 0
    /// Times of which nothing is used, with a provider of each, how many records that leaves out, and why.
    var refused: [Refused] = []
  }

  /// About how many means there will be, at the most.
  var mostMeans: Int { entries.count / max(providers.count, 1) * values.count }

  /// - Parameter take: gets the means, newest first, in the fields' own units; the value by its place in the plan.
  @inline(__always)
  mutating func finish(_ take: (_ number: Double, _ value: Int, _ time: Instant) -> Void) -> Outcome {
    var outcome = Outcome()
    // Providers in alphabetical order, whatever the reply's: the same records always give the same bits.
    var rank = Array(repeating: 0, count: providers.count)
    let alphabetical = providers.indices.sorted { providers[$0].lexicographicallyPrecedes(providers[$1]) }
    for (place, provider) in alphabetical.enumerated() { rank[provider] = place }
    let isNewestFirst = areInOrder(>=)
    let isOldestFirst = !isNewestFirst && areInOrder(<=)
    if !isNewestFirst, !isOldestFirst { entries.sort { $0.time > $1.time } }
    var rest = 0..<entries.count
    while !rest.isEmpty {
      let all =
        isOldestFirst
        ? startOfTime(rest.upperBound)..<rest.upperBound : rest.lowerBound..<endOfTime(rest.lowerBound)
      rest = isOldestFirst ? rest.lowerBound..<all.lowerBound : all.upperBound..<rest.upperBound
      sort(all, rank)
      let group = all.lowerBound..<dropRepeats(all)
      let time = Instant(microseconds: entries[all.lowerBound].time)
      if let twice = repeated(group) {
        outcome.refused.append(refused(entries[twice], all.count, "disagrees with itself about the same time"))
      } else if !spoilt.isEmpty, spoilt.contains(time) {
        let reason = "is left out, since another record of the same time was refused"
        outcome.refused.append(refused(entries[all.lowerBound], all.count, reason))
      } else {
        for value in 0..<values.count {
          if let number = mean(of: value, group) {
            take(number, value, time)
          } else {
            outcome.withoutValue += 1
          }
        }
      }
    }
    return outcome
  }

  private func refused(_ entry: Entry, _ records: Int, _ reason: String) -> Refused {
    let bytes = providers[Int(entry.provider)]
    let name = excerpt(of: bytes.span, Token(kind: .text, start: 0, count: bytes.count))
    return (Int(entry.index), Instant(microseconds: entry.time), name, records, reason)
  }

  /// The first of two in turn that are of one provider.
  private func repeated(_ group: Range<Int>) -> Int? {
    for index in group.lowerBound..<(group.upperBound - 1)
    where entries[index].provider == entries[index + 1].provider {
      return index
    }
    return nil
  }

  @inline(__always)
  private func areInOrder(_ inOrder: (Int64, Int64) -> Bool) -> Bool {
    var index = 1
    while index < entries.count {
      if !inOrder(entries[index &- 1].time, entries[index].time) { return false }
      index &+= 1
    }
    return true
  }

  /// Those of one time in the providers' order, and what one provider repeats in the reply's.
  @inline(__always)
  private mutating func sort(_ group: Range<Int>, _ rank: [Int]) {
    if group.count == 2 {
      let (first, second) = (entries[group.lowerBound], entries[group.lowerBound &+ 1])
      if (rank[Int(first.provider)], first.ordinal) > (rank[Int(second.provider)], second.ordinal) {
        entries[group.lowerBound] = second
        entries[group.lowerBound &+ 1] = first
      }
    } else if group.count > 2 {
      entries[group].sort { (rank[Int($0.provider)], $0.ordinal) < (rank[Int($1.provider)], $1.ordinal) }
    }
  }

  private func startOfTime(_ end: Int) -> Int {
    var start = end &- 1
    while start > 0, entries[start &- 1].time == entries[start].time { start &-= 1 }
    return start
  }

  private func endOfTime(_ start: Int) -> Int {
    var end = start &+ 1
    while end < entries.count, entries[end].time == entries[start].time { end &+= 1 }
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
    for place in 0..<numbered.count {
      let (one, other) = (number(left, place), number(right, place))
      if one != other, !(one.isNaN && other.isNaN) { return false }
    }
    return true
  }

  @inline(__always)
  private func number(_ entry: Entry, _ place: Int) -> Double { numbers[Int(entry.ordinal) &* numbered.count &+ place] }

  private func mean(of value: Int, _ group: Range<Int>) -> Double? {
    let place = numberOfValue[value]
    if place < 0 {
      var total = 0.0
      for index in group { total += entries[index].weight }
      return total
    }
    var (sum, weights) = (0.0, 0.0)
    var (only, traded) = (0.0, 0)
    for index in group {
      let (weight, number) = (entries[index].weight, number(entries[index], place))
      guard weight > 0, !number.isNaN else { continue }
      sum += number * weight
      weights += weight
      (only, traded) = (number, traded + 1)
    }
    // A single price is itself: multiplying and dividing by its volume would change the last bits.
    return traded == 0 ? nil : traded == 1 ? only : sum / weights
  }
}
