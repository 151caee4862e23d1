import Market

/// Finds the records of a JSON reply and hands each one's wanted values to a sink: one pass, no tree.
struct JSONRecords {
  /// Names as they are searched for; made once a feed.
  struct Names: Sendable {
    /// Path from the root to the array; empty where the root is the array.
    let records: [[UInt8]]
    /// Path from the root to the next page's URL; empty where the feed has no pages.
    let nextPage: [[UInt8]]
    /// The wanted fields' names; a slot each.
    let fields: [[UInt8]]
    let lengths: [Int]

    init(records: [String], nextPage: [String], fields: [String]) {
      self.records = records.map { Array($0.utf8) }
      self.nextPage = nextPage.map { Array($0.utf8) }
      self.fields = fields.map { Array($0.utf8) }
      lengths = self.fields.map(\.count)
    }
  }

  private let names: Names
  private var scanner = JSONScanner()
  /// Of the record before, and of one before it that was otherwise: some replies leave out a field now and then.
  private var shape = RecordShape()
  private var otherShape = RecordShape()
  /// The slot of each key of the record before, by the key's position.
  private var keys: [KnownKey] = []
  private var slots: [Token]
  private var foundRecords = false
  /// null stood where the array should be.
  private(set) var isNull = false
  /// The most fields of one record that nobody wants.
  private(set) var unknownFields = 0
  /// The next page's URL, where the reply names one.
  private(set) var next: Token = .absent
  private(set) var count = 0

  private struct KnownKey {
    let start: Int
    let count: Int
    /// -1 for a field that nobody wants.
    let slot: Int
  }

  init(_ names: Names) {
    self.names = names
    slots = Array(repeating: .absent, count: names.fields.count)
  }

  /// Reads the whole reply.
  ///
  /// - Returns: false where there is no array at the records' path; null there counts as an empty array.
  mutating func read<Sink: RecordSink>(_ bytes: Span<UInt8>, into sink: inout Sink) throws(Malformed) -> Bool {
    try walk(bytes, depth: 0, towardsRecords: true, towardsNext: !names.nextPage.isEmpty, into: &sink)
    try scanner.expectEnd(bytes)
    return foundRecords
  }

  /// One value on the way to the records, to the next page's URL, or to both.
  private mutating func walk<Sink: RecordSink>(
    _ bytes: Span<UInt8>, depth: Int, towardsRecords: Bool, towardsNext: Bool, into sink: inout Sink
  ) throws(Malformed) {
    if towardsRecords, depth == names.records.count {
      try readArray(bytes, into: &sink)
      return
    }
    if towardsNext, depth == names.nextPage.count {
      guard next.kind == .absent else { throw Malformed("it names its next page twice", at: scanner.place) }
      next = try scanner.value(bytes)
      return
    }
    guard try scanner.next(bytes) == UInt8(ascii: "{") else {
      _ = try scanner.value(bytes)
      return
    }
    try scanner.expect(UInt8(ascii: "{"), bytes)
    if try scanner.take(UInt8(ascii: "}"), bytes) { return }
    repeat {
      let key = try scanner.key(bytes)
      let isRecords = towardsRecords && depth < names.records.count && bytes.isName(names.records[depth], key)
      let isNext = towardsNext && depth < names.nextPage.count && bytes.isName(names.nextPage[depth], key)
      if isRecords || isNext {
        try walk(bytes, depth: depth + 1, towardsRecords: isRecords, towardsNext: isNext, into: &sink)
      } else {
        _ = try scanner.value(bytes)
      }
    } while try scanner.hasMore(UInt8(ascii: "}"), bytes)
  }

  private mutating func readArray<Sink: RecordSink>(
    _ bytes: Span<UInt8>, into sink: inout Sink
  ) throws(Malformed) {
    guard try scanner.take(UInt8(ascii: "["), bytes) else {
      isNull = try scanner.value(bytes).kind == .null
      foundRecords = isNull
      return
    }
    foundRecords = true
    if try scanner.take(UInt8(ascii: "]"), bytes) { return }
    repeat {
      _ = try scanner.next(bytes)
      let start = scanner.place
      if try !shape.read(&scanner, bytes, into: &slots) { try readOtherwise(bytes, from: start) }
      if count == 0 { sink.expect(records: bytes.countOfRecords(first: start..<scanner.place)) }
      sink.take(slots.span, of: bytes, index: count, record: start..<scanner.place)
      count &+= 1
    } while try scanner.hasMore(UInt8(ascii: "]"), bytes)
  }

  /// A record that is not written like the one before.
  @inline(never)
  private mutating func readOtherwise(_ bytes: Span<UInt8>, from start: Int) throws(Malformed) {
    swap(&shape, &otherShape)
    scanner.skip(to: start)
    for index in slots.indices { slots[index] = .absent }
    if try shape.read(&scanner, bytes, into: &slots) { return }
    scanner.skip(to: start)
    try readRecord(bytes)
  }

  /// A record whose shape those that follow may have.
  private mutating func readRecord(_ bytes: Span<UInt8>) throws(Malformed) {
    for index in slots.indices { slots[index] = .absent }
    shape.forget()
    guard try scanner.next(bytes) == UInt8(ascii: "{") else {
      // A record that is no object has none of the fields, and is refused by the rules like any other.
      _ = try scanner.value(bytes)
      return
    }
    shape.begin(at: scanner.place)
    try scanner.expect(UInt8(ascii: "{"), bytes)
    var position = 0
    var unknown = 0
    if try !scanner.take(UInt8(ascii: "}"), bytes) {
      repeat {
        let key = try scanner.key(bytes)
        let slot = self.slot(of: key, position: position, in: bytes)
        position += 1
        _ = try scanner.next(bytes)
        let start = scanner.place
        let value = try scanner.value(bytes)
        shape.add(start..<scanner.place, slot: slot)
        if slot >= 0 { slots[slot] = value } else { unknown += 1 }
      } while try scanner.hasMore(UInt8(ascii: "}"), bytes)
    }
    shape.end(at: scanner.place)
    unknownFields = max(unknownFields, unknown)
  }

  /// The slot of the record's `position`th key: one comparison where the record before had the same key there.
  private mutating func slot(of key: Token, position: Int, in bytes: Span<UInt8>) -> Int {
    if position < keys.count {
      let known = keys[position]
      if known.count == key.count, bytes.countOfSame(known.start, key.start, count: key.count) == key.count {
        return known.slot
      }
    }
    let slot = searchedSlot(of: key, in: bytes)
    let entry = KnownKey(start: key.start, count: key.count, slot: slot)
    if position < keys.count { keys[position] = entry } else { keys.append(entry) }
    return slot
  }
}

extension JSONRecords {
  private func searchedSlot(of key: Token, in bytes: Span<UInt8>) -> Int {
    // By length first: to look at a name counts references to it.
    for slot in names.lengths.indices where names.lengths[slot] == key.count || key.kind == .escaped {
      if bytes.isName(names.fields[slot], key) { return slot }
    }
    return -1
  }
}

extension Span<UInt8> {
  /// Whether a JSON key is `name`, escapes resolved.
  fileprivate func isName(_ name: [UInt8], _ key: Token) -> Bool {
    key.kind == .escaped ? unescapedJSON(key, in: self) == name : has(name, at: key.start, count: key.count)
  }
}
