import ArgumentParser
import Market

/// One end of a range as typed: a settlement date, an instant, or how long ago.
enum RangeEnd: ExpressibleByArgument {
  case date(SettlementDate)
  case instant(Instant)
  /// Days before today; `30d`, `2w`, `1y`. `0d` and `today` are today.
  case daysAgo(Int)

  static let forms = "2026-03-29, 2026-03-29T16:30:00Z, 30d, today or yesterday"

  init?(argument: String) {
    if let date = SettlementDate(argument) {
      self = .date(date)
    } else if let instant = Instant(argument), argument.contains(where: { $0 == "Z" || $0 == "z" || $0 == "+" })
      || argument.dropFirst(11).contains("-")
    {
      self = .instant(instant)
    } else if argument == "today" {
      self = .daysAgo(0)
    } else if argument == "yesterday" {
      self = .daysAgo(1)
    } else if let unit = argument.last, let days = ["d": 1, "w": 7, "y": 365][unit],
      let count = Int(argument.dropLast()), count >= 0, count < 40_000
    {
      self = .daysAgo(count * days)
    } else {
      return nil
    }
  }

  var isDate: Bool { if case .instant = self { false } else { true } }
}

/// `--from` and `--to`: settlement dates, both included; an instant as an end is excluded.
struct RangeOptions: ParsableArguments {
  @Option(help: ArgumentHelp("First settlement date (Europe/London), or an instant: \(RangeEnd.forms).", valueName: "date"))
  var from: RangeEnd

  @Option(
    help: ArgumentHelp(
      "Last settlement date, included; an instant is excluded. Default: today.", valueName: "date"))
  var to: RangeEnd = .daysAgo(0)

  func window(now: Instant, in london: LondonClock) throws -> Window {
    let today = SettlementDate(containing: now, in: london)
    let start: Instant =
      switch from {
      case .date(let date): date.start(in: london)
      case .instant(let instant): instant
      case .daysAgo(let days): today.advanced(by: -days).start(in: london)
      }
    let end: Instant =
      switch to {
      case .date(let date): date.advanced(by: 1).start(in: london)
      case .instant(let instant): instant
      case .daysAgo(let days): today.advanced(by: 1 - days).start(in: london)
      }
    guard start < end else {
      throw ValidationError("--from (\(start)) must be before --to (\(end), excluded)")
    }
    return Window(from: start, to: end)
  }
}

extension RangeOptions {
  /// The whole settlement day that `end` names or lies in.
  static func day(_ end: RangeEnd, now: Instant, in london: LondonClock) throws -> Window {
    let date: SettlementDate =
      switch end {
      case .date(let date): date
      case .instant(let instant): SettlementDate(containing: instant, in: london)
      case .daysAgo(let days): SettlementDate(containing: now, in: london).advanced(by: -days)
      }
    return date.window(in: london)
  }
}

/// An instant for `--as-of`; a bare date is its London midnight's beginning, and a time needs its zone.
struct AsOfArgument: ExpressibleByArgument {
  let end: RangeEnd

  init?(argument: String) {
    guard let end = RangeEnd(argument: argument) else { return nil }
    self.end = end
  }

  func instant(now: Instant, in london: LondonClock) -> Instant {
    switch end {
    case .instant(let instant): instant
    case .date(let date): date.start(in: london)
    case .daysAgo(let days): now.advanced(by: .days(-days))
    }
  }
}
