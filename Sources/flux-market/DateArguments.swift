import ArgumentParser
import Market

/// One end of a range as typed: a settlement date, an instant, or how long ago.
enum RangeEnd {
  case date(SettlementDate)
  case instant(Instant)
  /// Days before today; `30d`, `2w`, `1y`. `0d` and `today` are today.
  case daysAgo(Int)

  static let forms = "2026-03-29, 2026-03-29T16:30:00Z, 30d, 2w, 1y, today or yesterday"

  /// Reads an argument.
  ///
  /// - Throws: `ValidationError` that says what may be written; the parser adds the argument's name.
  init(_ argument: String) throws {
    if let date = SettlementDate(argument) {
      self = .date(date)
    } else if let instant = Instant(argument) {
      guard Self.namesZone(argument) else {
        throw ValidationError("a time needs its zone: \(argument)Z for UTC, \(argument)+01:00 for British summer time")
      }
      self = .instant(instant)
    } else if argument == "today" {
      self = .daysAgo(0)
    } else if argument == "yesterday" {
      self = .daysAgo(1)
    } else if let unit = argument.last, let days = ["d": 1, "w": 7, "y": 365][unit],
      let count = Int(argument.dropLast()), (0..<10_000).contains(count), count * days < 40_000
    {
      self = .daysAgo(count * days)
    } else if Self.looksLikeDate(argument) {
      throw ValidationError("there is no such date")
    } else {
      throw ValidationError("write a date or a time, such as \(Self.forms)")
    }
  }

  /// `2024-02-30`: the right form, but no day of the calendar.
  private static func looksLikeDate(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    return parts.map(\.count) == [4, 2, 2] && parts.allSatisfy { $0.allSatisfy(\.isNumber) }
  }

  private static func namesZone(_ text: String) -> Bool {
    text.last == "Z" || text.last == "z" || text.dropFirst(16).contains { $0 == "+" || $0 == "-" }
  }

  /// The settlement day that this names or lies in.
  func date(now: Instant, in london: LondonClock) -> SettlementDate {
    switch self {
    case .date(let date): date
    case .instant(let instant): SettlementDate(containing: instant, in: london)
    case .daysAgo(let days): SettlementDate(containing: now, in: london).advanced(by: -days)
    }
  }

  /// As it is understood: `2026-03-29`, `2026-03-29T16:30:00Z`.
  func text(now: Instant, in london: LondonClock) -> String {
    if case .instant(let instant) = self { return instant.description }
    return date(now: now, in: london).description
  }

  /// The instant itself; of a day its beginning, London midnight.
  func instant(now: Instant, in london: LondonClock) -> Instant {
    if case .instant(let instant) = self { return instant }
    return date(now: now, in: london).start(in: london)
  }
}

/// `--from` and `--to`: settlement dates, both included; an instant as an end is excluded.
struct RangeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("First settlement date (Europe/London), or an instant: \(RangeEnd.forms).", valueName: "date"),
    transform: RangeEnd.init)
  var from: RangeEnd

  @Option(
    help: ArgumentHelp(
      "Last settlement date, included; an instant is excluded. Default: today.", valueName: "date"),
    transform: RangeEnd.init)
  var to: RangeEnd = .daysAgo(0)

  /// - Throws: ``UsageError`` where nothing lies between the two.
  func window(now: Instant, in london: LondonClock) throws -> Window {
    try Self.window(from: from, to: to, now: now, in: london)
  }

  static func window(from: RangeEnd, to: RangeEnd, now: Instant, in london: LondonClock) throws -> Window {
    let start = from.instant(now: now, in: london)
    let end: Instant =
      if case .instant(let instant) = to {
        instant
      } else {
        to.date(now: now, in: london).advanced(by: 1).start(in: london)
      }
    guard start < end else {
      let (first, last) = (from.text(now: now, in: london), to.text(now: now, in: london))
      throw UsageError(description: "--from (\(first)) does not begin before --to (\(last)) ends")
    }
    return Window(from: start, to: end)
  }
}
