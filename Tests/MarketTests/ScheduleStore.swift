@testable import Market

/// The store as a dispatch schedule sees it: the newest point of each time.
struct ScheduleStore {
  private(set) var points: [Instant: DispatchPoint] = [:]

  /// What the loader hands to a round.
  func inForce(for schedule: DispatchSchedule, observedAt: Instant) -> [DispatchPoint] {
    let earliest = schedule.earliest(observedAt: observedAt)
    let sorted = points.values.sorted { $0.time < $1.time }
    let first = sorted.last { $0.time <= earliest }?.time
    return sorted.filter { $0.time >= first ?? earliest }
  }

  /// Loads one round.
  ///
  /// - Returns: what was new, oldest first; what only confirmed leaves no row.
  @discardableResult
  mutating func load(_ schedule: DispatchSchedule, observedAt: Instant) -> [DispatchPoint] {
    let told = schedule.points(inForce: inForce(for: schedule, observedAt: observedAt), observedAt: observedAt)
    let new = told.filter { points[$0.time] != $0 }
    for point in told { points[point.time] = point }
    return new.sorted { $0.time < $1.time }
  }

  func point(at time: Instant) -> DispatchPoint? {
    points.values.filter { $0.time <= time }.max { $0.time < $1.time }
  }
}

extension Instant {
  /// Minutes after an arbitrary midnight.
  static func minute(_ minute: Int) -> Instant {
    Instant(seconds: 1_774_742_400).advanced(by: .minutes(minute))
  }

  /// `10:30` of that day.
  static func clock(_ hour: Int, _ minute: Int = 0) -> Instant { .minute(hour * 60 + minute) }
}

func step(_ start: Instant, _ end: Instant, _ action: String) -> DispatchSchedule.Step {
  DispatchSchedule.Step(start: start, end: end, action: action)
}
