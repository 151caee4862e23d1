internal import Market

/// A fault's place in a specification: which, how often, to whom and when.
///
///     FAULT[=ARGUMENT][:PROBABILITY][@HOST[/PATH]][:FROM-[TO]]
struct FaultRule: Sendable {
  let fault: Fault
  /// 0 to 1; 1 where none is given.
  var probability = 1.0
  /// nil for all.
  var host: SimulatedHost?
  /// What the path after the host's base begins with: `/gb/modo/markets/niv-live`.
  var path = ""
  var span: Span?

  enum Moment: Sendable {
    case sinceStart(Duration)
    case wall(Instant)
  }

  struct Span: Sendable {
    let from: Moment
    /// nil for ever.
    let to: Moment?
  }
}

/// A part of `--faults` that cannot be read.
package struct FaultMistake: Error, Hashable, CustomStringConvertible {
  /// The rule it stands in, as written.
  let rule: String
  let reason: String

  package var description: String { "in the fault \"\(rule)\": \(reason)" }
}

extension FaultRule {
  static let names =
    "outage, hang, reset, slow=3s, endless; html, empty, truncated, type, gzip, bomb=256, loop, elsewhere=https, "
    + "status=503, status=429+17s, status=429~17s; text, nan, huge, null, period=51, day, disagree, unknown, gone; "
    + "stale=1h"

  /// Reads one rule, `status=503:0.1@elexon:60s-90s`.
  init(_ text: Substring) throws(FaultMistake) {
    func mistake(_ reason: String) -> FaultMistake { FaultMistake(rule: String(text), reason: reason) }
    let name = text.prefix { $0 != ":" && $0 != "@" }
    do { fault = try Self.fault(name) } catch { throw mistake(error.reason) }
    var rest = text[name.endIndex...]
    while let mark = rest.popFirst() {
      let part = rest.prefix { $0 != ":" && $0 != "@" }
      rest = rest[part.endIndex...]
      if mark == "@" {
        let id = part.prefix { $0 != "/" }
        guard let host = SimulatedHost(rawValue: String(id)) else {
          throw mistake("\"\(id)\" is no host; there are \(SimulatedHost.names)")
        }
        (self.host, path) = (host, String(part[id.endIndex...]))
      } else if part.contains("-") {
        guard let span = Self.span(part) else {
          throw mistake("\"\(part)\" is no span of time: 60s-90s or 60s- since the start, 20261127T183000Z-20261127T184000Z")
        }
        self.span = span
      } else {
        guard let probability = Double(part), (0...1).contains(probability) else {
          throw mistake("\"\(part)\" is neither a probability from 0 to 1 nor a span of time such as 60s-90s")
        }
        self.probability = probability
      }
    }
  }

  /// Why a name and its argument are no fault.
  private struct NoFault: Error { let reason: String }

  private static func fault(_ text: Substring) throws(NoFault) -> Fault {
    let name = text.prefix { $0 != "=" }
    let argument = name.endIndex == text.endIndex ? nil : text[text.index(after: name.endIndex)...]
    let plain: [Substring: Fault] = [
      "outage": .outage, "hang": .hang, "reset": .reset, "endless": .endless, "html": .html, "empty": .empty,
      "truncated": .truncated, "type": .wrongType, "gzip": .corruptGzip, "loop": .redirectLoop, "text": .text,
      "nan": .nan, "huge": .huge, "null": .null, "day": .anotherDay, "disagree": .disagree, "unknown": .unknown,
      "gone": .gone,
    ]
    if let fault = plain[name] {
      guard argument == nil else { throw NoFault(reason: "\"\(name)\" takes no argument") }
      return fault
    }
    func needs(_ form: String) -> NoFault {
      NoFault(reason: "\"\(name)\" is written \(form)\(argument.map { ", not \"\($0)\" behind the =" } ?? "")")
    }
    switch name {
    case "slow":
      guard let length = duration(argument ?? "10s") else { throw needs("slow=3s") }
      return .slow(length)
    case "stale":
      guard let age = duration(argument ?? "1h") else { throw needs("stale=1h") }
      return .stale(age)
    case "bomb":
      guard let size = Int(argument ?? "256"), (1...4_096).contains(size) else { throw needs("bomb=256, in MiB") }
      return .bomb(mebibytes: size)
    case "elsewhere":
      let scheme = argument ?? "https"
      guard ["https", "http", "ftp", "file"].contains(scheme) else {
        throw needs("elsewhere=https, =http, =ftp or =file")
      }
      return .elsewhere(scheme: String(scheme))
    case "period":
      guard let number = argument.flatMap({ Int($0) }), (0...99).contains(number) else { throw needs("period=51") }
      return .period(number)
    case "status":
      guard let argument, let status = status(argument) else {
        throw needs("status=503, status=429+17s for Retry-After in seconds, or status=429~17s for a date")
      }
      return status
    default: throw NoFault(reason: "\"\(name)\" is no fault; there are \(names)")
    }
  }

  private static func status(_ text: Substring) -> Fault? {
    let code = text.prefix { $0 != "+" && $0 != "~" }
    guard let number = Int(code), (300...599).contains(number) else { return nil }
    guard let mark = text[code.endIndex...].first else { return .status(number, retryAfter: nil) }
    guard let pause = duration(text[code.endIndex...].dropFirst()) else { return nil }
    let seconds = Int(pause.components.seconds)
    return .status(number, retryAfter: mark == "+" ? .seconds(seconds) : .date(after: seconds))
  }

  private static func span(_ text: Substring) -> Span? {
    let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard ends.count == 2, let from = moment(ends[0]) else { return nil }
    if ends[1].isEmpty { return Span(from: from, to: nil) }
    return moment(ends[1]).map { Span(from: from, to: $0) }
  }

  /// `60s`, or `20261127T183000Z`.
  private static func moment(_ text: Substring) -> Moment? {
    if let length = duration(text) { return .sinceStart(length) }
    let digits = Array(text)
    guard digits.count == 16 else { return nil }
    func part(_ range: Range<Int>) -> String { String(digits[range]) }
    return Instant("\(part(0..<4))-\(part(4..<6))-\(part(6..<11)):\(part(11..<13)):\(part(13..<16))").map(Moment.wall)
  }

  /// `250ms`, `3s`, `2m` or `1h`.
  static func duration(_ text: Substring) -> Duration? {
    let number = text.prefix { $0.isASCII && $0.isNumber }
    guard let count = Int(number), count < 1_000_000 else { return nil }
    switch text[number.endIndex...] {
    case "ms": return .milliseconds(count)
    case "s": return .seconds(count)
    case "m": return .minutes(count)
    case "h": return .hours(count)
    default: return nil
    }
  }
}
