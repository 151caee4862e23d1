import Market
import Store

/// Which claimed window is read next and which are loaded together: in the order claimed, with what waits in memory
/// bounded.
struct WindowQueue {
  struct Arrived: Sendable {
    let claimed: ClaimedWindow
    let batch: Batch
  }

  /// Observations in one load: large enough that a call's fixed cost vanishes, small enough for flat memory.
  static let loadSize = 20_000
  /// Observations that may wait before no further window is read: the load in the making, and half as much again.
  static func mostWaiting(for loadSize: Int = loadSize) -> Int { 3 * loadSize / 2 }
  /// Windows in one load, for those that yield nothing.
  static let mostWindowsInLoad = 1_000
  /// Windows read ahead of one that is slow, so that its retries do not fill the memory with others.
  static let mostAhead = 256
  /// Windows whose numbers are further apart are loaded apart: a load costs what lies between them, which others have.
  static let widestGap: Int32 = 50

  /// Claimed, in order; those before `turn` go when more are added.
  private var windows: [ClaimedWindow] = []
  let mostInFlight: Int
  /// The next window to be read.
  private var next = 0
  /// The next window to be gathered; those before it have been.
  private var turn = 0
  private var inFlight = 0
  /// Read before their turn; nil inside where the read failed.
  private var early: [Int32: Batch?] = [:]
  /// In the order claimed.
  private var gathered: [Arrived] = []
  /// Whether windows that others have lie between those gathered.
  private var hasGap = false
  /// Observations in `gathered` and in `early`.
  private(set) var waiting = 0
  private let mostInLoad: Int
  private let loadSize: Int
  private let mostWaiting: Int
  /// Nothing more can be claimed now: what is left is loaded, however little.
  var isComplete = false

  /// - Parameters:
  ///   - atOnce: calls that the host takes; a few more are in hand, so that decoding never leaves it idle.
  ///   - isKept: replies of the feed are kept; each is loaded alone, as observed when it had arrived, so that it can be
  ///     replayed under the same instant.
  ///   - loadSize: observations in one load.
  init(atOnce: Int, isKept: Bool = false, loadSize: Int = Self.loadSize) {
    mostInFlight = atOnce + 2
    self.loadSize = loadSize
    mostWaiting = Self.mostWaiting(for: loadSize)
    mostInLoad = isKept ? 1 : Self.mostWindowsInLoad
  }

  /// Whether so much waits to be loaded that nothing further is read.
  var isFull: Bool { waiting >= mostWaiting }

  /// Claimed and not read yet.
  var unread: Int { windows.count - next }

  mutating func add(_ claimed: [ClaimedWindow]) {
    windows.removeFirst(turn)
    next -= turn
    turn = 0
    windows += claimed
  }

  /// The window to read now, which is in flight from then on; nil where none may be.
  mutating func nextToRead() -> ClaimedWindow? {
    guard next < windows.count, inFlight < mostInFlight, next - turn < Self.mostAhead, !isFull
    else { return nil }
    defer { next += 1 }
    inFlight += 1
    return windows[next]
  }

  /// - Parameter batch: nil where the read failed.
  mutating func arrived(_ claimed: ClaimedWindow, _ batch: Batch?) {
    inFlight -= 1
    early[claimed.number] = .some(batch)
    waiting += batch?.observations.count ?? 0
    while turn < windows.count, let ready = early.removeValue(forKey: windows[turn].number) {
      if let batch = ready {
        gathered.append(Arrived(claimed: windows[turn], batch: batch))
        hasGap = hasGap || isGap(before: gathered.count - 1)
      }
      turn += 1
    }
  }

  /// What to load now, in order: a full load and no more than the window that fills it, what lies before a gap, or
  /// what is left when nothing more can be claimed.
  mutating func nextToLoad() -> [Arrived]? {
    let mayBeFull = waiting >= loadSize || gathered.count >= mostInLoad
    guard mayBeFull || hasGap || isComplete else { return nil }
    var count = 0
    var size = 0
    while count < min(gathered.count, mostInLoad), size < loadSize, !isGap(before: count) {
      size += gathered[count].batch.observations.count
      count += 1
    }
    let isFull = size >= loadSize || count == mostInLoad || count < gathered.count
    guard count > 0, isFull || (isComplete && turn == windows.count) else { return nil }
    defer {
      gathered.removeFirst(count)
      hasGap = gathered.indices.contains { isGap(before: $0) }
      waiting -= size
    }
    return Array(gathered.prefix(count))
  }

  private func isGap(before place: Int) -> Bool {
    guard place > 0 else { return false }
    return abs(gathered[place].claimed.number - gathered[place - 1].claimed.number) > Self.widestGap
  }
}
