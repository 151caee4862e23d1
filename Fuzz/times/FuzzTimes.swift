import Feeds
import FoundationEssentials
import Market

@testable import Decode

/// Any bytes as the time of a record: read without a trap, and the same in the form that is read eight bytes at a time
/// as in the general one.
///
/// A C function because libFuzzer calls it; `data` is valid for `count` bytes while it runs.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  let instant = Instant(bytes.span, at: 0, count: count)
  if bytes.count == 20, bytes.last == UInt8(ascii: "Z") {
    // The same with a fraction of a second that is nothing.
    let general = Array(bytes.dropLast()) + Array(".0Z".utf8)
    precondition(instant == Instant(general.span, at: 0, count: general.count))
  }
  if let instant { precondition(Instant(instant.description) == instant) }

  // The text before the first line feed as a date or a time, the rest as a period.
  let parts = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
  let slots = [
    Token(kind: .text, start: 0, count: parts[0].count),
    Token(kind: .text, start: min(parts[0].count + 1, count), count: parts.count > 1 ? parts[1].count : 0),
  ]
  for form in DateForm.allCases {
    for rule in [
      RecordPlan.Time.settlementPeriod(date: 0, form: form, period: 1), .instant(0), .london(0, form: form),
    ] {
      var reader = TimeReader(rule, london: london)
      let first = try? reader.read(slots.span, of: bytes.span)
      // Once more, when the day is known.
      let again = try? reader.read(slots.span, of: bytes.span)
      precondition(first == again)
      if let first, case .settlementPeriod = rule {
        precondition(SettlementPeriod(containing: first, in: london).start(in: london) == first)
      }
    }
  }
  return 0
}

private let london: LondonClock = {
  do {
    return try LondonClock(directories: LondonClock.systemDirectories(environment: ProcessInfo.processInfo.environment))
  } catch { fatalError("\(error)") }
}()
