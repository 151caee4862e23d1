import Market
import Store

/// The course of a day in one line of characters, its lowest mean the lowest of them.
struct Sparkline {
  private static let levels = Array("▁▂▃▄▅▆▇█")

  let text: String

  /// - Parameters:
  ///   - points: oldest first.
  ///   - holds: whether a value holds until the next, as a schedule's do; else where there is none there is a blank.
  init(_ points: [DeskReader.Point], holds: Bool, until now: Instant, width: Int) {
    let start = now.advanced(by: .days(-1))
    let window = Window(from: start, to: now)
    var sums = [Double](repeating: 0, count: width)
    var counts = [Int](repeating: 0, count: width)
    for point in points where point.time >= start && point.time < now {
      let cell = window.place(of: point.time, among: width)
      sums[cell] += Double(point.value)
      counts[cell] += 1
    }
    var means = zip(sums, counts).map { $1 == 0 ? nil : $0 / Double($1) }
    if holds {
      var held: Double?
      for cell in means.indices {
        held = means[cell] ?? held
        means[cell] = held
      }
    }
    let known = means.compactMap { $0 }
    guard let least = known.min(), let greatest = known.max() else {
      text = String(repeating: " ", count: width)
      return
    }
    text = String(
      means.map { mean in
        guard let mean else { return " " }
        guard greatest > least else { return Self.levels[3] }
        let share = (mean - least) / (greatest - least)
        return Self.levels[Int((share * Double(Self.levels.count - 1)).rounded())]
      } as [Character])
  }
}
