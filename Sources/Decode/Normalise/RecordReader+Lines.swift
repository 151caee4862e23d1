import Market

/// CSV's lines column by column: a line with anything unusual is read once more, on its own.
extension RecordReader {
  mutating func take(_ lines: CSVLines, of bytes: Span<UInt8>, slots: inout [Token], firstIndex: Int) {
    // A bit for each that is to be read on its own.
    let single = plan.filters.isEmpty && plan.age == nil ? readTogether(lines, of: bytes, firstIndex: firstIndex) : ~0
    var line = 0
    while line < lines.count {
      let run = min((single &>> UInt64(line)).trailingZeroBitCount, lines.count &- line)
      if run > 0 {
        add(together: line..<(line &+ run))
        line &+= run
      } else {
        lines.copy(line: line, into: &slots)
        take(slots.span, of: bytes, index: firstIndex &+ line, record: lines.range(line: line))
        line &+= 1
      }
    }
  }

  private mutating func add(together run: Range<Int>) {
    if mean == nil {
      let width = plan.values.count
      batch.observations.append(contentsOf: together[(run.lowerBound &* width)..<(run.upperBound &* width)])
    } else {
      mean?.add(together: run)
    }
    // They lack no field, and their times are in the window.
    batch.counts.records &+= run.count
    inside &+= run.count
  }

  private mutating func readTogether(_ lines: CSVLines, of bytes: Span<UInt8>, firstIndex: Int) -> UInt64 {
    if together.isEmpty { makeRoom() }
    let slots = plan.time.slots
    var single = times.read(lines, slots.first, slots.second, of: bytes, from: from, to: to, into: &together)
    if mean == nil {
      for index in 0..<plan.values.count {
        single |= Self.read(lines, plan.values[index], of: bytes, into: &together, from: index, step: plan.values.count)
      }
    } else {
      single |= mean?.read(lines, of: bytes, times: together, firstIndex: firstIndex) ?? ~0
    }
    return single
  }

  /// For as many lines as there are read together: an observation for each value, or one for its time.
  private mutating func makeRoom() {
    let time = Instant(microseconds: 0)
    together.reserveCapacity(CSVLines.most * plan.values.count)
    for _ in 0..<CSVLines.most {
      if mean == nil {
        for place in 0..<plan.values.count {
          together.append(Observation(time: time, signal: plan.values[place].signal, value: 0))
        }
      } else {
        together.append(Observation(time: time, signal: 0, value: 0))
      }
    }
  }

  /// Reads a column of numbers.
  ///
  /// - Returns: a bit for each line whose number is to be looked at on its own.
  @inline(never)
  private static func read(
    _ lines: CSVLines, _ value: RecordPlan.Value, of bytes: Span<UInt8>, into together: inout [Observation],
    from place: Int, step: Int
  ) -> UInt64 {
    guard let column = lines.column(value.slot) else { return ~0 }
    let ends = lines.ends.span
    // As no number is beyond these, neither is one that is not finite.
    let most = Double(Float.greatestFiniteMagnitude)
    let (lowest, highest, scale) = (max(value.lowest, -most), min(value.highest, most), value.scale)
    var single: UInt64 = 0
    var together = together.mutableSpan
    var place = place
    for line in 0..<lines.count {
      let token = column.token(ends, line: line)
      let number: Float
      if let short = ShortNumber.double(bytes, at: token.start, count: token.count) {
        number = Float(short * scale)
      } else {
        number = longNumber(token, value, of: bytes) ?? .nan
      }
      // Not so for what is no number.
      if !(Double(number) >= lowest && Double(number) <= highest) { single |= 1 &<< UInt64(line) }
      var observation = together[place]
      observation.value = number
      together[place] = observation
      place &+= step
    }
    return single
  }
}

extension TimeReader {
  /// Reads the times of lines.
  ///
  /// - Returns: a bit for each line whose time is to be looked at on its own, or is not in `from..<to`.
  @inline(never)
  fileprivate mutating func read(
    _ lines: CSVLines, _ first: Int, _ second: Int, of bytes: Span<UInt8>, from: Int64, to: Int64,
    into together: inout [Observation]
  ) -> UInt64 {
    guard let first = lines.column(first), let second = lines.column(second) else { return ~0 }
    let ends = lines.ends.span
    var single: UInt64 = 0
    let width = together.count / CSVLines.most
    var together = together.mutableSpan
    var place = 0
    for line in 0..<lines.count {
      var time: Int64 = 0
      do throws(Refused) {
        time = try read(first.token(ends, line: line), second.token(ends, line: line), of: bytes).microseconds
      } catch { single |= 1 &<< UInt64(line) }
      if time < from || time >= to { single |= 1 &<< UInt64(line) }
      for _ in 0..<width {
        var observation = together[place]
        observation.time.microseconds = time
        together[place] = observation
        place &+= 1
      }
    }
    return single
  }
}
