import Feeds
import Market

/// Turns records into observations by one feed's rules; what it cannot use becomes a reject.
struct RecordReader: RecordSink {
  let plan: RecordPlan
  let place: Place
  let london: LondonClock
  /// In microseconds, as all that is done for every record; everything where the request named no window.
  let from, to: Int64
  var times: TimeReader
  var mean: WeightedMean?
  var batch: Batch
  /// The first time that was outside the window, to name it if all were.
  private(set) var firstOutside: Instant?
  /// Records of a time inside the window.
  var inside = 0
  /// In microseconds.
  private var leastAge: Int64?
  /// Where the record in hand stands in the reply.
  var record = 0..<0
  /// Of each field that a record lacked: in how many, the first of them, and where the last one stands.
  var lacking: [String: (records: Int, sample: String, last: Int)] = [:]
  /// The observations of lines that are read together: those of the first, those of the second.
  var together: [Observation] = []

  /// How a record's place in the reply is told to people.
  enum Place {
    case element(of: String)
    case line

    func text(_ index: Int) -> String {
      switch self {
      case .element(let path): "\(path)[\(index)]"
      case .line: "line \(index)"
      }
    }
  }

  /// Rejects kept in full for one reply; a reply that is bad throughout says the same thing thousands of times.
  static let mostRejects = 100

  init(_ plan: RecordPlan, place: Place, london: LondonClock, batch: Batch) {
    self.plan = plan
    self.place = place
    self.london = london
    self.batch = batch
    from = batch.window?.from.microseconds ?? .min
    to = batch.window?.to.microseconds ?? .max
    times = TimeReader(plan.time, london: london)
    mean = plan.mean.map { WeightedMean(plan, $0) }
  }

  /// Makes room in one piece: growing again and again costs a large reply as much as reading it.
  mutating func expect(records: Int) {
    if mean == nil {
      batch.observations.reserveCapacity(records * plan.values.count)
    } else {
      mean?.expect(records: records)
    }
  }

  mutating func take(_ slots: Span<Token>, of bytes: Span<UInt8>, index: Int, record: Range<Int>) {
    batch.counts.records &+= 1
    self.record = record
    if !plan.filters.isEmpty, !isAccepted(slots, bytes) {
      batch.counts.filtered &+= 1
      return
    }
    let time: Instant
    do throws(TimeReader.Refused) {
      time = try times.read(slots, of: bytes)
    } catch {
      batch.counts.rejected += 1
      reject(slots[error.slot], field: plan.fields[error.slot], time: nil, index: index, of: bytes, error.reason)
      return
    }
    guard time.microseconds >= from, time.microseconds < to else {
      batch.counts.outside += 1
      if firstOutside == nil { firstOutside = time }
      return
    }
    inside &+= 1
    let isWhole = mean == nil ? observe(slots, at: time, index: index, of: bytes)
      : collect(slots, time: time, index: index, of: bytes)
    if let slot = plan.age {
      if slots[slot].kind == .absent { noteLack(of: plan.fields[slot], bytes) }
      note(age: slots[slot], time: time, of: bytes)
    }
    if !isWhole { batch.counts.rejected += 1 }
  }

  /// Whether no record's time was inside the window and one's at least was outside.
  var isWhollyOutside: Bool { firstOutside != nil && inside == 0 }

  /// Puts the observations in their order and says what of them cannot be believed.
  mutating func finish() -> Batch {
    finishMean()
    batch.leastAge = leastAge.map(Duration.microseconds)
    raiseAlarms()
    if !batch.observations.sortNewestFirst() { dropDisagreeing() }
    // A record may be refused for its own value and for its neighbour's.
    batch.counts.rejected = min(
      batch.counts.rejected, batch.counts.records - batch.counts.filtered - batch.counts.outside)
    return batch
  }

  // MARK: - Around the values

  private mutating func isAccepted(_ slots: Span<Token>, _ bytes: Span<UInt8>) -> Bool {
    for index in plan.filters.indices {
      let filter = plan.filters[index]
      if slots[filter.slot].kind == .absent { noteLack(of: plan.fields[filter.slot], bytes) }
      if !accepts(filter, slots[filter.slot], bytes) { return false }
    }
    return true
  }

  private func accepts(_ filter: RecordPlan.Filter, _ token: Token, _ bytes: Span<UInt8>) -> Bool {
    guard token.kind != .absent else { return false }
    let (start, count) = bytes.trimmed(token)
    for index in filter.accepted.indices where bytes.has(filter.accepted[index], at: start, count: count) {
      return true
    }
    return false
  }

  private mutating func note(age token: Token, time: Instant, of bytes: Span<UInt8>) {
    // Without the field nothing is known to be final.
    guard token.kind == .text, let made = Instant(bytes, at: token.start, count: token.count) else {
      leastAge = min(leastAge ?? 0, 0)
      return
    }
    let age = made.microseconds - time.microseconds - 1_800_000_000
    leastAge = min(leastAge ?? age, age)
  }

  // MARK: - One value a key

  /// A key that the reply holds twice with different values: neither can be believed, and both are refused.
  private mutating func dropDisagreeing() {
    let all = batch.observations
    var kept: [Observation] = []
    var start = 0
    // Records refused at the time in hand: they disagree in one signal or in several.
    var (time, records) = (all[0].time, 0)
    while start < all.count {
      var end = start + 1
      while end < all.count, all[end].time == all[start].time, all[end].signal == all[start].signal { end += 1 }
      let values = Set(all[start..<end].map(\.value))
      if all[start].time != time { (time, records) = (all[start].time, 0) }
      if values.count == 1 {
        kept.append(all[start])
      } else {
        batch.counts.rejected += max(0, end - start - records)
        records = max(records, end - start)
        let unit = plan.units[all[start].signal] ?? ""
        let field = plan.values.first { $0.signal == all[start].signal }.map { plan.fields[$0.slot] } ?? ""
        refuse(
          place: "\(end - start) records", time: all[start].time, field: field,
          value: values.sorted().map { "\($0) \(unit)" }.joined(separator: ", "),
          reason: "disagree about the same time")
      }
      start = end
    }
    batch.observations = kept
    // Each value that stayed is flagged once, and no other.
    let stayed = Set(kept)
    var flagged: Set<ImplausibleValue> = []
    batch.flags = batch.flags.filter {
      stayed.contains(Observation(time: $0.time, signal: $0.signal, value: $0.value)) && flagged.insert($0).inserted
    }
  }
}
