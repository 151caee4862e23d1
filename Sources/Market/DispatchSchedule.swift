/// One round of Axle's schedules: what each battery is asked to do, as all of them said it at one time.
///
/// The provider never says that something was cancelled; a step that is no longer there is the only sign. So what a
/// round means depends on the schedule in force when it was observed, and is worked out when it is loaded.
package struct DispatchSchedule: Hashable, Sendable {
  /// Most that each battery charges or discharges at, kW, by its id. These are the batteries of the round.
  package let maxima: [String: Double]
  /// The steps of each battery in the reply's order: where steps overlap the first wins.
  package let steps: [String: [Step]]

  package struct Step: Hashable, Sendable {
    package let start: Instant
    /// Excluded.
    package let end: Instant
    /// As the provider names it; see ``DispatchSchedule/level(of:maximum:)`` for those we know.
    package let action: String

    package init(start: Instant, end: Instant, action: String) {
      self.start = start
      self.end = end
      self.action = action
    }

    func covers(_ instant: Instant) -> Bool { instant >= start && instant < end }
  }

  package init(maxima: [String: Double], steps: [String: [Step]]) {
    self.maxima = maxima
    self.steps = steps
  }

  /// kW that an action asks of a battery, positive is discharge; nil for an action that nobody has told us of.
  ///
  /// Source: the actions of `battery-schedule` in Axle's OpenAPI; the two that only forbid ask for 0.
  package static func level(of action: String, maximum: Double) -> Double? {
    switch action {
    case "charge_max": -maximum
    case "discharge_max": maximum
    case "avoid_import", "avoid_export": 0
    default: nil
    }
  }

  /// Before this instant nothing that is stored can matter to the round.
  package func earliest(observedAt: Instant) -> Instant {
    steps.values.joined().map(\.start).min().map { min($0, observedAt) } ?? observedAt
  }

  /// The levels that this round adds or confirms, newest first.
  ///
  /// A level at each step's start, and none (0) at its end unless another begins; batteries are added up. Only the
  /// future can be withdrawn: a step that ended is history whatever a later reply omits; one in progress that
  /// vanishes ends at `observedAt` and keeps its start; a future one gets 0 at its start. A step that is there counts
  /// from its start, also where that is past. While a battery has an action that we do not know, it stays at what was
  /// known for that time before.
  ///
  /// - Parameters:
  ///   - inForce: what is stored as of `observedAt`: the last point at or before ``earliest(observedAt:)`` and all
  ///     later ones, oldest first.
  ///   - observedAt: when the round's last reply had arrived.
  package func points(inForce: [DispatchPoint], observedAt: Instant) -> [DispatchPoint] {
    let all = steps.values.joined()
    let known = all.filter { Self.level(of: $0.action, maximum: 0) != nil }
    // The future is told in full; of the past only what changes.
    let told = Set((known.flatMap { [$0.start, $0.end] } + inForce.map(\.time)).filter { $0 > observedAt })
    let times = told.union(inForce.map(\.time)).union(all.flatMap { [$0.start, $0.end] }).union([observedAt])
    var added: [DispatchPoint] = []
    var remaining = inForce[...]
    var stored: DispatchPoint?
    // What holds at the time in hand: stored or added by then, whichever is later.
    var holding: DispatchPoint?
    for time in times.sorted() {
      while let next = remaining.first, next.time <= time {
        stored = next
        holding = next
        remaining.removeFirst()
      }
      let wanted = point(at: time, stored: stored, observedAt: observedAt)
      guard told.contains(time) || !wanted.isAsked(by: holding, evenAs: time >= observedAt) else { continue }
      added.append(wanted)
      holding = wanted
    }
    return added.reversed()
  }

  /// What is to hold at `time`, where `stored` is what was known of it before.
  private func point(at time: Instant, stored: DispatchPoint?, observedAt: Instant) -> DispatchPoint {
    var actions: [String: String] = [:]
    var level = 0.0
    for (asset, maximum) in maxima.sorted(by: { $0.key < $1.key }) {
      let step = steps[asset]?.first { $0.covers(time) }
      let isUnknown = step.map { Self.level(of: $0.action, maximum: maximum) == nil } ?? false
      let mayKeepStored = isUnknown || (step == nil && time < observedAt)
      guard let action = mayKeepStored ? stored?.actions[asset] : step?.action else { continue }
      actions[asset] = action
      level += Self.level(of: action, maximum: maximum) ?? 0
    }
    // A battery that is no longer ours keeps its past.
    if time < observedAt, let stored, stored.actions.filter({ maxima[$0.key] != nil }) == actions {
      return DispatchPoint(time: time, level: stored.level, actions: stored.actions)
    }
    return DispatchPoint(time: time, level: level, actions: actions)
  }
}

/// The level asked of all batteries from one instant until the next point.
package struct DispatchPoint: Hashable, Sendable {
  package let time: Instant
  /// kW, positive is discharge; 0 where nothing is asked.
  package let level: Double
  /// What each battery is asked to do, by its id; kept as the observation's metadata.
  package let actions: [String: String]

  package init(time: Instant, level: Double, actions: [String: String]) {
    self.time = time
    self.level = level
    self.actions = actions
  }

  /// Whether `other`, nil for nothing yet, asks the same of every battery.
  ///
  /// - Parameter evenAs: the level counts too, as the table's `real` keeps it: a battery's maximum may have changed.
  func isAsked(by other: DispatchPoint?, evenAs levelCounts: Bool) -> Bool {
    actions == other?.actions ?? [:] && (!levelCounts || Float(level) == Float(other?.level ?? 0))
  }

  package var observation: Observation {
    Observation(time: time, signal: Signal.axleDispatch.id, value: Float(level))
  }

  /// `{"assets": {"b1": "discharge_max"}}`.
  package var metadata: String {
    let assets = actions.sorted { $0.key < $1.key }.map { "\(jsonString($0.key)): \(jsonString($0.value))" }
    return "{\"assets\": {\(assets.joined(separator: ", "))}}"
  }
}
