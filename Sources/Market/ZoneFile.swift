/// One compiled zone of the time zone database, as far as a clock needs it.
///
/// Source: RFC 9636, "The Time Zone Information Format (TZif)".
struct ZoneFile {
  struct Transition: Equatable {
    /// Seconds since 1970-01-01T00:00:00Z.
    let at: Int64
    /// Seconds east of UTC from then on.
    let offset: Int64
  }

  struct Malformed: Error { let reason: String }

  let transitions: [Transition]
  let offsetBeforeFirst: Int64
  /// What holds after the last listed transition; nil where the offset no longer changes.
  let rule: ZoneRule?

  init(_ bytes: [UInt8]) throws(Malformed) {
    var reader = Reader(bytes: bytes)
    let first = try reader.header()
    guard first.version >= 2 else { throw Malformed(reason: "version 1 of the format has no rule for coming years") }
    // The first block holds 32-bit times for old readers; the second says the same in 64 bits.
    try reader.skip(first.bodySize(timeSize: 4))
    let header = try reader.header()

    var times: [Int64] = []
    for _ in 0..<header.timeCount { times.append(try reader.integer(bytes: 8)) }
    var kinds: [Int] = []
    for _ in 0..<header.timeCount { kinds.append(Int(try reader.byte())) }
    var offsets: [Int64] = []
    for _ in 0..<header.typeCount {
      offsets.append(try reader.integer(bytes: 4))
      try reader.skip(2)
    }
    try reader.skip(header.charCount + header.leapCount * 12 + header.standardCount + header.utcCount)
    guard kinds.allSatisfy({ $0 < offsets.count }), let before = offsets.first else {
      throw Malformed(reason: "a transition names a type that is not there")
    }
    // A clock finds its offset by a binary search.
    guard zip(times, times.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw Malformed(reason: "its transitions are not in order")
    }
    guard offsets.allSatisfy({ abs($0) < 26 * 3_600 }) else {
      throw Malformed(reason: "an offset is more than a day")
    }
    offsetBeforeFirst = before
    var transitions: [Transition] = []
    for (time, kind) in zip(times, kinds) where transitions.last?.offset ?? before != offsets[kind] {
      transitions.append(Transition(at: time, offset: offsets[kind]))
    }
    self.transitions = transitions

    let footer = try reader.footer()
    if footer.isEmpty {
      rule = nil
    } else if let rule = ZoneRule(footer) {
      self.rule = rule
    } else {
      throw Malformed(reason: "its rule \"\(footer)\" is not understood")
    }
  }

  private struct Header {
    let version: Int
    let utcCount, standardCount, leapCount, timeCount, typeCount, charCount: Int

    func bodySize(timeSize: Int) -> Int {
      timeCount * (timeSize + 1) + typeCount * 6 + charCount + leapCount * (timeSize + 4) + standardCount + utcCount
    }
  }

  private struct Reader {
    let bytes: [UInt8]
    var place = 0

    mutating func skip(_ count: Int) throws(Malformed) {
      guard count >= 0, place + count <= bytes.count else { throw Malformed(reason: "the file ends too early") }
      place += count
    }

    mutating func byte() throws(Malformed) -> UInt8 {
      try skip(1)
      return bytes[place - 1]
    }

    /// A big-endian two's complement integer.
    mutating func integer(bytes count: Int) throws(Malformed) -> Int64 {
      try skip(count)
      var value: Int64 = bytes[place - count] >= 0x80 ? -1 : 0
      for index in (place - count)..<place { value = value << 8 | Int64(bytes[index]) }
      return value
    }

    mutating func header() throws(Malformed) -> Header {
      try skip(20)
      guard bytes[(place - 20)..<(place - 16)].elementsEqual("TZif".utf8) else {
        throw Malformed(reason: "it is no time zone file")
      }
      let version = bytes[place - 16]
      var counts: [Int] = []
      for _ in 0..<6 {
        let count = Int(try integer(bytes: 4))
        guard count >= 0, count <= bytes.count else { throw Malformed(reason: "a count is out of range") }
        counts.append(count)
      }
      return Header(
        version: version >= 0x31 ? Int(version) - 0x30 : 1, utcCount: counts[0], standardCount: counts[1],
        leapCount: counts[2], timeCount: counts[3], typeCount: counts[4], charCount: counts[5])
    }

    mutating func footer() throws(Malformed) -> String {
      guard try byte() == UInt8(ascii: "\n"), let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) else {
        throw Malformed(reason: "its rule is cut off")
      }
      return String(decoding: bytes[place..<end], as: UTF8.self)
    }
  }
}
