import ArgumentParser
import Feeds
import Market
import Store

/// Which versions of the values a command reads.
struct ViewOptions: ParsableArguments {
  @Option(
    name: .customLong("as-of"),
    help: ArgumentHelp(
      "Only what had been observed at this instant; a date means its beginning in London.", valueName: "instant"),
    transform: RangeEnd.init)
  var asOf: RangeEnd?

  @Option(
    name: .customLong("as-of-lead"), parsing: .unconditional,
    help: ArgumentHelp(
      "Of each value what had been observed so long before its own time: 20m, 2h, 1d; -1d is a day after it.",
      valueName: "duration"),
    transform: Lead.init)
  var asOfLead: Lead?

  @Flag(name: .customLong("first-release"), help: "The first revision of each value.")
  var firstRelease = false

  /// How many of the views are asked for: one is the most.
  var count: Int { [asOf != nil, asOfLead != nil, firstRelease].count { $0 } }

  func view(now: Instant, in london: LondonClock) -> HistoryReader.View {
    if let asOf { return .asOf(asOf.instant(now: now, in: london)) }
    if let asOfLead { return .asOfLead(asOfLead.duration) }
    return firstRelease ? .firstRelease : .current
  }
}

extension HistoryReader.View {
  /// Reads on after what was looked for: ` as of 2026-03-29T16:05:00Z`; empty for the current values.
  var words: String {
    switch self {
    case .current, .firstRelease, .revisions: ""
    case .asOf(let instant), .revisionsAsOf(let instant): " as of \(instant)"
    case .asOfLead(let lead) where lead < .zero: " known \((.zero - lead).inWords) after their time"
    case .asOfLead(let lead): " known \(lead.inWords) before their time"
    }
  }
}

/// A time before each value's own: `20m`, `2h`, `1d`; after it with a minus sign.
struct Lead {
  let duration: Duration

  /// - Throws: `ValidationError` that says what may be written.
  init(_ argument: String) throws {
    let isAfter = argument.hasPrefix("-")
    var text = String(argument.drop { $0 == "-" || $0 == "+" })
    // Feed files say min; whoever types says m.
    if text.hasSuffix("m") { text = text.dropLast() + "min" }
    guard let length = DurationText(text)?.duration else {
      throw ValidationError("write a length of time, such as 20m, 90 min, 2h or 1d, with a minus sign for one after")
    }
    duration = isAfter ? .zero - length : length
  }
}
