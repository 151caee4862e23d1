import Market

// Times are compared as microseconds: an Instant's own operators are another module's, and not inlined here.
extension [Observation] {
  /// Newest time first, and within a time by signal: the order that the loader wants.
  ///
  /// Replies are in order of time, one way or the other, nearly always: then nothing needs to be sorted.
  ///
  /// - Returns: whether each key is there once.
  mutating func sortNewestFirst() -> Bool {
    if isInOrder { return true }
    if areTimesInOrder(<=) {
      self = timesReversed { $0.time.microseconds }
      if isInOrder { return true }
    } else if !areTimesInOrder(>=) {
      sort { $0.time.microseconds > $1.time.microseconds }
    }
    sortSignals()
    return isInOrder
  }

  /// Newest first and by signal, no key twice.
  private var isInOrder: Bool {
    var index = 1
    while index < count {
      let (left, right) = (self[index &- 1].time.microseconds, self[index].time.microseconds)
      guard left > right || (left == right && self[index &- 1].signal < self[index].signal) else { return false }
      index &+= 1
    }
    return true
  }

  @inline(__always)
  private func areTimesInOrder(_ inOrder: (Int64, Int64) -> Bool) -> Bool {
    var index = 1
    while index < count {
      if !inOrder(self[index &- 1].time.microseconds, self[index].time.microseconds) { return false }
      index &+= 1
    }
    return true
  }

  /// Inside a time, which has few.
  private mutating func sortSignals() {
    var start = 0
    while start < count {
      var end = start + 1
      var isInOrder = true
      let time = self[start].time.microseconds
      while end < count, self[end].time.microseconds == time {
        if self[end].signal < self[end - 1].signal { isInOrder = false }
        end += 1
      }
      if !isInOrder { self[start..<end].sort { $0.signal < $1.signal } }
      start = end
    }
  }
}

extension Array {
  /// The last time first; those of one time stay in the order they have.
  @inline(__always)
  func timesReversed(_ time: (Element) -> Int64) -> [Element] {
    [Element](capacity: count) { output in
      var end = count
      while end > 0 {
        var start = end &- 1
        while start > 0, time(self[start &- 1]) == time(self[start]) { start &-= 1 }
        for index in start..<end { output.append(self[index]) }
        end = start
      }
    }
  }
}
