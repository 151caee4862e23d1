import Market

/// Which window is read next and which are loaded together: in the plan's order, with what waits in memory bounded.
struct WindowQueue {
  struct Arrived: Sendable {
    let window: Window
    let batch: Batch
  }

  /// Observations in one load: large enough that a call's fixed cost vanishes, small enough for flat memory.
  static let loadSize = 20_000
  /// Windows in one load, for those that yield nothing.
  static let mostWindowsInLoad = 1_000
  /// Observations that may wait before no further window is read: the load in the making, and as much again.
  static let mostWaiting = 2 * loadSize
  /// Windows read ahead of one that is slow, so that its retries do not fill the memory with others.
  static let mostAhead = 256

  private let windows: [Window]
  private let mostInFlight: Int
  /// The next window to be read.
  private var next = 0
  /// The next window to be gathered; those before it have been.
  private var turn = 0
  private var inFlight = 0
  /// Read before their turn; nil inside where the read failed.
  private var early: [Int: Batch?] = [:]
  /// In the plan's order.
  private var gathered: [Arrived] = []
  /// Observations in `gathered`, and in `early` too.
  private var gatheredSize = 0
  private(set) var waiting = 0

  /// - Parameter atOnce: calls that the host takes; a few more are in hand, so that decoding never leaves it idle.
  init(_ windows: [Window], atOnce: Int) {
    self.windows = windows
    mostInFlight = atOnce + 2
  }

  /// The window to read now, which is in flight from then on; nil where none may be.
  mutating func nextToRead() -> (index: Int, window: Window)? {
    guard next < windows.count, inFlight < mostInFlight, next - turn < Self.mostAhead, waiting < Self.mostWaiting
    else { return nil }
    defer { next += 1 }
    inFlight += 1
    return (next, windows[next])
  }

  /// - Parameter batch: nil where the read failed.
  mutating func arrived(_ index: Int, _ batch: Batch?) {
    inFlight -= 1
    early[index] = .some(batch)
    waiting += batch?.observations.count ?? 0
    while let ready = early.removeValue(forKey: turn) {
      if let batch = ready {
        gathered.append(Arrived(window: windows[turn], batch: batch))
        gatheredSize += batch.observations.count
      }
      turn += 1
    }
  }

  /// What to load now, newest first: a full load and no more than the window that fills it, or what is left when all
  /// have been read.
  mutating func nextToLoad() -> [Arrived]? {
    let isFull = gatheredSize >= Self.loadSize || gathered.count >= Self.mostWindowsInLoad
    guard isFull || (turn == windows.count && !gathered.isEmpty) else { return nil }
    var count = 0
    var size = 0
    while count < min(gathered.count, Self.mostWindowsInLoad), size < Self.loadSize {
      size += gathered[count].batch.observations.count
      count += 1
    }
    defer {
      gathered.removeFirst(count)
      gatheredSize -= size
      waiting -= size
    }
    return Array(gathered.prefix(count))
  }
}
