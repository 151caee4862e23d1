import Market

extension [Observation] {
  /// Newest time first, and within a time by signal: the order that the loader wants.
  ///
  /// Replies are in order of time, one way or the other, nearly always: then only neighbours need to change places.
  mutating func sortNewestFirst() {
    // In microseconds: an Instant's own operators are another module's, and not inlined here.
    func isSorted(_ inOrder: (Int64, Int64) -> Bool) -> Bool {
      var index = 1
      while index < count {
        if !inOrder(self[index - 1].time.microseconds, self[index].time.microseconds) { return false }
        index += 1
      }
      return true
    }
    if !isSorted(>=) {
      if isSorted(<=) {
        reverse()
      } else {
        sort { $0.time.microseconds > $1.time.microseconds }
      }
    }
    // By signal inside a time, which has few.
    var start = 0
    while start < count {
      var end = start + 1
      var isInOrder = true
      let time = self[start].time.microseconds
      while end < count, self[end].time.microseconds == time {
        if self[end].signal < self[end - 1].signal { isInOrder = false }
        end += 1
      }
      if !isInOrder {
        if end - start == 2 {
          swapAt(start, start + 1)
        } else {
          self[start..<end].sort { $0.signal < $1.signal }
        }
      }
      start = end
    }
  }
}
