import Market

/// A batch as bytes: a version, then its fields in a fixed order.
///
/// Later versions may add fields at the end of a frame or of the whole: a reader that knows more takes those that are
/// not there as absent, so that records of an earlier program stay readable. Whatever else changes takes a new version.
enum Payload {
  static let version: UInt8 = 1

  static func bytes(of batch: Batch) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(version)
    writer.write(batch.feed)
    writer.write(batch.window) {
      $0.write($1.from)
      $0.write($1.to)
    }
    writer.write(batch.observedAt)
    writer.frame { write(batch.counts, &$0) }
    writer.write(UInt32(batch.observations.count))
    for observation in batch.observations {
      writer.write(observation.time)
      writer.write(observation.signal)
      writer.write(observation.value.bitPattern)
    }
    writer.write(batch.metadata) { $0.frames($1) { $0.write($1) { $0.write($1) } } }
    writer.write(batch.schedule) { writer, schedule in writer.frame { write(schedule, &$0) } }
    writer.frames(batch.rejects) { write($1, &$0) }
    writer.frames(batch.flags) { write($1, &$0) }
    writer.write(batch.leastAge) {
      $0.write($1.components.seconds)
      $0.write($1.components.attoseconds)
    }
    return writer.bytes
  }

  static func batch(from bytes: [UInt8]) throws(Unreadable) -> Batch {
    var reader = ByteReader(bytes)
    let version = try reader.number(UInt8.self)
    guard version == Self.version else {
      throw Unreadable(description: "it is of format \(version), and this program reads format \(Self.version)")
    }
    let feed = try reader.text()
    let window = try reader.optional { reader throws(Unreadable) in try self.window(&reader) }
    var batch = Batch(feed: feed, window: window, observedAt: try reader.instant())
    var counts = try reader.frame()
    batch.counts = try self.counts(&counts)
    let count = try reader.count(ofAtLeast: 16)
    batch.observations.reserveCapacity(count)
    for _ in 0..<count {
      batch.observations.append(
        Observation(
          time: try reader.instant(), signal: try reader.number(), value: Float(bitPattern: try reader.number())))
    }
    batch.metadata = try reader.optional { reader throws(Unreadable) in
      try reader.frames { frame throws(Unreadable) in
        try frame.optional { reader throws(Unreadable) in try reader.text() }
      }
    }
    guard batch.metadata.map({ $0.count == count }) ?? true else {
      throw Unreadable(description: "it has metadata for other observations than its own")
    }
    batch.schedule = try reader.optional { reader throws(Unreadable) in
      var frame = try reader.frame()
      return try schedule(&frame)
    }
    batch.rejects = try reader.frames { frame throws(Unreadable) in try reject(&frame) }
    batch.flags = try reader.frames { frame throws(Unreadable) in try flag(&frame) }
    batch.leastAge = try reader.optional { reader throws(Unreadable) in
      Duration(secondsComponent: try reader.number(), attosecondsComponent: try reader.number())
    }
    return batch
  }

  // MARK: - Parts

  private static func window(_ reader: inout ByteReader) throws(Unreadable) -> Window {
    let (from, to) = (try reader.instant(), try reader.instant())
    guard from <= to else { throw Unreadable(description: "its window ends before it begins") }
    return Window(from: from, to: to)
  }

  private static func write(_ counts: Batch.Counts, _ writer: inout ByteWriter) {
    for count in [
      counts.records, counts.filtered, counts.outside, counts.rejected, counts.withoutValue, counts.unknownFields,
      counts.bytes,
    ] { writer.write(Int64(count)) }
  }

  private static func counts(_ reader: inout ByteReader) throws(Unreadable) -> Batch.Counts {
    func next() throws(Unreadable) -> Int { Int(try reader.number(Int64.self)) }
    var counts = Batch.Counts()
    counts.records = try next()
    counts.filtered = try next()
    counts.outside = try next()
    counts.rejected = try next()
    counts.withoutValue = try next()
    counts.unknownFields = try next()
    counts.bytes = try next()
    return counts
  }

  private static func write(_ schedule: DispatchSchedule, _ writer: inout ByteWriter) {
    writer.frames(schedule.maxima.sorted { $0.key < $1.key }) {
      $0.write($1.key)
      $0.write($1.value.bitPattern)
    }
    writer.frames(schedule.steps.sorted { $0.key < $1.key }) { writer, entry in
      writer.write(entry.key)
      writer.frames(entry.value) {
        $0.write($1.start)
        $0.write($1.end)
        $0.write($1.action)
      }
    }
  }

  private static func schedule(_ reader: inout ByteReader) throws(Unreadable) -> DispatchSchedule {
    let maxima = try reader.frames { frame throws(Unreadable) in
      (try frame.text(), Double(bitPattern: try frame.number()))
    }
    let steps = try reader.frames { frame throws(Unreadable) in
      (
        try frame.text(),
        try frame.frames { step throws(Unreadable) in
          DispatchSchedule.Step(start: try step.instant(), end: try step.instant(), action: try step.text())
        }
      )
    }
    return DispatchSchedule(
      maxima: Dictionary(maxima) { first, _ in first }, steps: Dictionary(steps) { first, _ in first })
  }

  private static func write(_ reject: Reject, _ writer: inout ByteWriter) {
    writer.write(reject.feed)
    writer.write(reject.place)
    writer.write(reject.time) { $0.write($1) }
    writer.write(reject.field)
    writer.write(reject.value)
    writer.write(reject.reason)
    writer.write(reject.url) { $0.write($1) }
    writer.write(reject.sample) { $0.write($1) }
  }

  private static func reject(_ reader: inout ByteReader) throws(Unreadable) -> Reject {
    func text(_ reader: inout ByteReader) throws(Unreadable) -> String? {
      try reader.optional { reader throws(Unreadable) in try reader.text() }
    }
    // Not in the first records of this format.
    func added(_ reader: inout ByteReader) throws(Unreadable) -> String? {
      reader.remaining > 0 ? try text(&reader) : nil
    }
    return Reject(
      feed: try reader.text(), place: try reader.text(), time: try text(&reader), field: try reader.text(),
      value: try reader.text(), reason: try reader.text(), url: try added(&reader), sample: try added(&reader))
  }

  private static func write(_ flag: ImplausibleValue, _ writer: inout ByteWriter) {
    writer.write(flag.signal)
    writer.write(flag.time)
    writer.write(flag.value.bitPattern)
    writer.write(flag.reason)
  }

  private static func flag(_ reader: inout ByteReader) throws(Unreadable) -> ImplausibleValue {
    ImplausibleValue(
      signal: try reader.number(), time: try reader.instant(), value: Float(bitPattern: try reader.number()),
      reason: try reader.text())
  }
}
