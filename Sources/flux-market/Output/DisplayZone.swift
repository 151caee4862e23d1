import ArgumentParser
import Market

/// Whose clock printed times show.
struct DisplayZone {
  enum Name: String, CaseIterable, ExpressibleByArgument {
    case utc = "UTC"
    case london = "Europe/London"
  }

  let name: Name
  let london: LondonClock

  /// `2026-03-29T00:30:00Z`, or `2026-03-29T01:30:00+01:00` by London's clock.
  func text(_ instant: Instant) -> String {
    guard name == .london else { return instant.description }
    let offset = london.offset(at: instant)
    let shown = instant.advanced(by: .seconds(offset)).description.dropLast()
    let hours = abs(offset) / 3_600
    let minutes = abs(offset) / 60 % 60
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(shown)\(offset < 0 ? "-" : "+")\(two(hours)):\(two(minutes))"
  }
}
