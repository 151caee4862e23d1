import Market

/// Where everything stands in one record, to read those that are written like it.
///
/// The records of a reply have the same keys in the same order, nearly always, and many of the same values. So a record
/// is read along this one: what is the same, eight bytes in one comparison, needs no look at its parts.
struct RecordShape {
  private struct Member {
    /// From its value's first byte to the first byte after it.
    let start: Int
    let end: Int
  }

  /// A wanted value, or the record's end.
  private struct Stop {
    let start: Int
    let end: Int
    /// The number of the first member after it.
    let next: Int
    /// -1 for the record's end.
    let slot: Int
  }

  /// Of the record's opening brace; -1 until a record is known.
  private var start = -1
  private var members: [Member] = []
  private var stops: [Stop] = []

  mutating func begin(at start: Int) {
    self.start = start
    members.removeAll(keepingCapacity: true)
    stops.removeAll(keepingCapacity: true)
    // More than most records have, so that they are not made room for one by one.
    members.reserveCapacity(32)
    stops.reserveCapacity(8)
  }

  /// - Parameters:
  ///   - range: from its value's first byte to the first byte after it.
  ///   - slot: -1 for a value that nobody wants.
  mutating func add(_ range: Range<Int>, slot: Int) {
    members.append(Member(start: range.lowerBound, end: range.upperBound))
    if slot >= 0 {
      stops.append(Stop(start: range.lowerBound, end: range.upperBound, next: members.count, slot: slot))
    }
  }

  /// - Parameter place: after the closing brace.
  mutating func end(at place: Int) {
    // Behind all that can differ.
    members.append(Member(start: .max, end: .max))
    stops.append(Stop(start: place, end: place, next: members.count, slot: -1))
  }

  mutating func forget() { start = -1 }

  /// Reads the record at the scanner's place.
  ///
  /// - Returns: false where its keys are others, and the scanner is at no place in particular.
  @inline(__always)
  func read(
    _ scanner: inout JSONScanner, _ bytes: Span<UInt8>, into slots: inout [Token]
  ) throws(Malformed) -> Bool {
    guard start >= 0 else { return false }
    var old = start
    var new = scanner.place
    var member = 0
    let (stops, members) = (self.stops.span, self.members.span)
    var slots = slots.mutableSpan
    for index in stops.indices {
      let stop = stops[index]
      // All up to the stop's value is the same, but for values that nobody wants.
      while true {
        let count = stop.start &- old
        let same = bytes.countOfSame(old, new, count: count)
        if same == count {
          new &+= count
          break
        }
        let place = old &+ same
        while members[member].end < place { member &+= 1 }
        let other = members[member]
        guard other.start <= place else { return false }
        scanner.skip(to: new &+ other.start &- old)
        _ = try scanner.value(bytes)
        (old, new) = (other.end, scanner.place)
        member &+= 1
      }
      scanner.skip(to: new)
      if stop.slot < 0 { break }
      slots[stop.slot] = try scanner.value(bytes)
      (old, new, member) = (stop.end, scanner.place, stop.next)
    }
    return true
  }
}
