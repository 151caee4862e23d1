/// A duration as feed files write it: a whole number and a unit, `5 min`, `24 h`, `2 days`.
package struct DurationText: Hashable, Sendable, CustomStringConvertible {
  package let duration: Duration

  package init(_ duration: Duration) { self.duration = duration }

  /// Longest that is read, so that no sum of durations overflows.
  package static let longest = Duration.seconds(36_525 * 86_400)

  private static let units: [(seconds: Int, names: [String])] = [
    (86_400, ["day", "days", "d"]), (3_600, ["h", "hour", "hours"]), (60, ["min", "minute", "minutes"]),
    (1, ["s", "second", "seconds"]),
  ]

  /// - Returns: nil for anything but a whole number from 0, perhaps a space, and a unit.
  package init?(_ text: String) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let name = text[digits.endIndex...].drop { $0 == " " }
    guard let count = Int(digits), let unit = Self.units.first(where: { $0.names.contains(String(name)) }),
      count <= Int(Self.longest.components.seconds) / unit.seconds
    else { return nil }
    duration = .seconds(count * unit.seconds)
  }

  /// In the largest unit that it is a whole number of: `90 min`, `1 day`; a fraction of a second is cut off.
  package var description: String {
    let seconds = Int(duration.components.seconds)
    let unit = Self.units.first { seconds != 0 && seconds % $0.seconds == 0 } ?? (1, ["s"])
    let count = seconds / unit.seconds
    return "\(count) \(unit.seconds == 86_400 && count != 1 ? "days" : unit.names[0])"
  }
}
