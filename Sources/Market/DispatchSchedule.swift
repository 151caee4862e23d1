/// One round of Axle's schedules: what each battery is asked to do, as all of them said it at one time.
package struct DispatchSchedule: Hashable, Sendable {
  /// The steps of each battery, in the reply's order: where steps overlap the first wins.
  package let steps: [String: [Step]]

  package struct Step: Hashable, Sendable {
    package let start: Instant
    /// Excluded.
    package let end: Instant
    /// `charge_max`, `discharge_max`, `avoid_import` or `avoid_export`.
    package let action: String
    /// kW, positive is discharge.
    package let level: Double

    package init(start: Instant, end: Instant, action: String, level: Double) {
      self.start = start
      self.end = end
      self.action = action
      self.level = level
    }
  }

  package init(steps: [String: [Step]]) { self.steps = steps }
}
