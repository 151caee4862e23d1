import Market

/// A signal's course, as much of it as can be seen at so many places side by side: of each place the first, least,
/// greatest and last value. However many values it takes in, it grows no further.
struct Trace {
  struct Point: Hashable {
    let time: Instant
    /// Until when the value holds.
    let end: Instant
    let value: Float
    /// Between points of two stretches there is a time without a value.
    let stretch: Int
  }

  let signal: Signal
  private let window: Window
  private let places: Int
  private var done: [Point] = []
  /// Of the place in hand.
  private var here: [Point] = []
  private var place = -1
  private var last: Point?
  private(set) var range: ClosedRange<Float>?

  init(_ signal: Signal, window: Window, places: Int) {
    self.signal = signal
    self.window = window
    self.places = places
  }

  /// Takes in the next value, later than the one before.
  mutating func add(_ time: Instant, _ value: Float) {
    let isJoined = last.map { $0.end >= time } ?? true
    let end = signal.isHalfHourly ? min(time.advanced(by: .minutes(30)), window.to) : window.to
    let point = Point(time: time, end: end, value: value, stretch: (last?.stretch ?? 0) + (isJoined ? 0 : 1))
    range = min(range?.lowerBound ?? value, value)...max(range?.upperBound ?? value, value)
    let next = window.place(of: time, among: places)
    if next != place {
      done += Self.essential(here)
      here = []
      place = next
    }
    here.append(point)
    last = point
    if here.count > 64 { here = Self.essential(here) }
  }

  /// What there is to draw, in the order of time.
  var points: [Point] { done + Self.essential(here) }

  private static func essential(_ points: [Point]) -> [Point] {
    guard points.count > 4, let first = points.first, let last = points.last,
      let least = points.min(by: { $0.value < $1.value }), let greatest = points.max(by: { $0.value < $1.value })
    else { return points }
    return Set([first, least, greatest, last]).sorted { $0.time < $1.time }
  }
}

extension Window {
  /// Which of so many equal places side by side an instant falls into.
  func place(of instant: Instant, among places: Int) -> Int {
    let share = Double(instant.since(from).microseconds) / Double(to.since(from).microseconds)
    return min(max(Int(share * Double(places)), 0), places - 1)
  }
}
