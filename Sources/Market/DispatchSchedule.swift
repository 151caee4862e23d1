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
  /// vanishes ends at `observedAt` and keeps its start; a future one gets 0 at its start. While a battery has an
  /// action that we do not know, it stays at what was known before.
  ///
  /// - Parameters:
  ///   - inForce: what is stored as of `observedAt`: the last point at or before ``earliest(observedAt:)`` and all
  ///     later ones, oldest first.
  ///   - observedAt: when the round's last reply had arrived.
  package func points(inForce: [DispatchPoint], observedAt: Instant) -> [DispatchPoint] {
    let known = steps.values.joined().filter { step in Self.level(of: step.action, maximum: 0) != nil }
    let times = Set(known.flatMap { [$0.start, $0.end] } + inForce.map(\.time).filter { $0 > observedAt })
    var added: [DispatchPoint] = []
    for time in times.sorted() {
      let point = point(at: time, inForce: inForce, observedAt: observedAt)
      // A bound in the past at which nothing changed is no news.
      if time <= observedAt, inForce.last(where: { $0.time <= time })?.actions ?? [:] == point.actions { continue }
      added.append(point)
    }
    // What holds from now on, where what was stored and added so far says something else.
    let now = point(at: observedAt, inForce: inForce, observedAt: observedAt)
    let latest = (inForce + added).filter { $0.time <= observedAt }.max { $0.time < $1.time }
    let latestAdded = added.last { $0.time == latest?.time } ?? latest
    if latestAdded?.actions ?? [:] != now.actions { added.append(now) }
    return added.sorted { $0.time > $1.time }
  }

  private func point(at time: Instant, inForce: [DispatchPoint], observedAt: Instant) -> DispatchPoint {
    let stored = inForce.last { $0.time <= time }
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

  package var observation: Observation {
    Observation(time: time, signal: Signal.axleDispatch.id, value: Float(level))
  }

  /// `{"assets": {"b1": "discharge_max"}}`.
  package var metadata: String {
    let assets = actions.sorted { $0.key < $1.key }.map { "\(quoted($0.key)): \(quoted($0.value))" }
    return "{\"assets\": {\(assets.joined(separator: ", "))}}"
  }

  /// A JSON string literal.
  private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\" + String(scalar)
      case _ where scalar.value < 0x20: result += "\\u" + String(repeating: "0", count: scalar.value < 16 ? 3 : 2)
        + String(scalar.value, radix: 16)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
