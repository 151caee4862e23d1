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
    if let width = widthOldestFirst {
      reverseTimes(of: width)
      return true
    }
    if areTimesInOrder(<=) {
      reverseTimes()
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

  /// How many signals each time has, all of them the same number; nil where that is not so, or times do not ascend and
  /// signals with them.
  private var widthOldestFirst: Int? {
    guard let first else { return nil }
    var width = 1
    while width < count, self[width].time.microseconds == first.time.microseconds { width &+= 1 }
    guard count % width == 0 else { return nil }
    var start = 0
    while start < count {
      let time = self[start].time.microseconds
      if start > 0, self[start &- 1].time.microseconds >= time { return nil }
      for index in (start &+ 1)..<(start &+ width)
      where self[index].time.microseconds != time || self[index &- 1].signal >= self[index].signal {
        return nil
      }
      start &+= width
    }
    return width
  }

  private mutating func reverseTimes(of width: Int) {
    var (left, right) = (0, count &- width)
    while left < right {
      for index in 0..<width {
        let moved = self[left &+ index]
        self[left &+ index] = self[right &+ index]
        self[right &+ index] = moved
      }
      (left, right) = (left &+ width, right &- width)
    }
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

  /// The last time first, its signals in the order they have. In place: new memory costs more than the moves.
  private mutating func reverseTimes() {
    reverse(0, count)
    var start = 0
    while start < count {
      var end = start &+ 1
      while end < count, self[end].time.microseconds == self[start].time.microseconds { end &+= 1 }
      reverse(start, end)
      start = end
    }
  }

  @inline(__always)
  private mutating func reverse(_ start: Int, _ end: Int) {
    var (left, right) = (start, end &- 1)
    while left < right {
      let moved = self[left]
      self[left] = self[right]
      self[right] = moved
      (left, right) = (left &+ 1, right &- 1)
    }
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
