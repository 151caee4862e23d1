import Foundation
import Testing

@testable import Market

@Suite struct `Instants as text` {
  @Test(arguments: [
    ("2026-03-29T00:30:00Z", 1_774_744_200_000_000), ("2026-03-29T00:30Z", 1_774_744_200_000_000),
    ("2026-03-29 00:30:00", 1_774_744_200_000_000), ("2026-03-29T00:30", 1_774_744_200_000_000),
    ("2026-03-29t00:30:00z", 1_774_744_200_000_000), ("2026-03-29T01:30:00+01:00", 1_774_744_200_000_000),
    ("2026-03-29T01:30:00+0100", 1_774_744_200_000_000), ("2026-03-29T01:30:00+01", 1_774_744_200_000_000),
    ("2026-03-28T19:00:00-05:30", 1_774_744_200_000_000), ("2026-03-29T01:30+01:00", 1_774_744_200_000_000),
    ("2026-03-29T00:30:00.0000000+00:00", 1_774_744_200_000_000), ("2026-03-29T00:30:00,5Z", 1_774_744_200_500_000),
    ("2026-03-29T00:30:00.1234567Z", 1_774_744_200_123_456), ("2026-03-29T00:30:00.000001Z", 1_774_744_200_000_001),
    ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999999Z", -1), ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
    ("9999-12-31T23:59:59Z", 253_402_300_799_000_000),
  ])
  func `Every form that the feeds write is read`(text: String, microseconds: Int64) {
    #expect(Instant(text)?.microseconds == microseconds)
  }

  @Test(arguments: [
    "", "2026-03-29", "2026-03-29T", "2026-03-29T00", "2026-03-29T00:", "2026-03-29T00:3", "2026-03-29T24:00:00Z",
    "2026-03-29T00:60:00Z", "2026-03-29T00:00:60Z", "2026-02-30T00:00:00Z", "2026-03-29T00:30:", "2026-03-29T00:30:0",
    "2026-03-29T00:30:00.", "2026-03-29T00:30:00.Z", "2026-03-29T00:30:00ZZ", "2026-03-29T00:30:00Z ",
    " 2026-03-29T00:30:00Z", "2026-03-29X00:30:00Z", "2026-03-29T00:30:00+", "2026-03-29T00:30:00+1",
    "2026-03-29T00:30:00+01:", "2026-03-29T00:30:00+01:0", "2026-03-29T00:30:00+24:00", "2026-03-29T00:30:00+01:60",
    "2026-03-29T00:30:00 +01:00", "2026-03-29T00:30:00GMT", "2026-03-29T-1:30:00Z", "29/03/2026 00:30",
    "0000-01-01T00:00Z",
    "2026-03-29T00:30:00.12a", "null", "2026-03-29T00:30:00\u{0}",
  ])
  func `Anything else is refused`(text: String) {
    #expect(Instant(text) == nil)
  }

  @Test func `Reading agrees with Foundation on random instants in random zones`() {
    let formatter = ISO8601DateFormatter()
    var random = SeededNumbers(state: 2)
    for _ in 0..<3_000 {
      let second = Int64.random(in: -2_208_988_800...7_289_654_399, using: &random)
      formatter.timeZone = TimeZone(secondsFromGMT: Int.random(in: -47...47, using: &random) * 900)
      let text = formatter.string(from: Date(timeIntervalSince1970: Double(second)))
      #expect(Instant(text)?.microseconds == second * 1_000_000, "\(text)")
    }
  }

  @Test func `Printing agrees with Foundation, and what is printed is read again`() {
    let formatter = ISO8601DateFormatter()
    var random = SeededNumbers(state: 3)
    for _ in 0..<3_000 {
      let second = Int64.random(in: -2_208_988_800...7_289_654_399, using: &random)
      #expect(
        Instant(seconds: second).description == formatter.string(from: Date(timeIntervalSince1970: Double(second))))
      let fine = Instant(microseconds: second * 1_000_000 + Int64.random(in: 0..<1_000_000, using: &random))
      #expect(Instant(fine.description) == fine)
    }
  }

  @Test(arguments: [
    (0, "1970-01-01T00:00:00Z"), (250_000, "1970-01-01T00:00:00.25Z"), (-1, "1969-12-31T23:59:59.999999Z"),
    (1, "1970-01-01T00:00:00.000001Z"), (-1_000_000, "1969-12-31T23:59:59Z"),
  ])
  func `A fraction is printed only where there is one`(microseconds: Int64, text: String) {
    #expect(Instant(microseconds: microseconds).description == text)
  }

  @Test func `A part of a reply is read in place`() {
    let bytes = Array("[\"2026-03-29T00:30:00Z\"]".utf8)
    #expect(Instant(bytes.span, at: 2, count: 20)?.description == "2026-03-29T00:30:00Z")
    #expect(Instant(bytes.span, at: 2, count: 19) == Instant(bytes.span, at: 2, count: 20))
    #expect(Instant(bytes.span, at: 2, count: 15) == nil)
    #expect(Instant(bytes.span, at: 20, count: 20) == nil)
    #expect(Instant(bytes.span, at: -1, count: 20) == nil)
  }

  @Test func `Durations are whole microseconds, cut and not rounded`() throws {
    let start = try at("2026-03-29T00:30:00Z")
    #expect(start.advanced(by: .milliseconds(-1)).since(start) == .milliseconds(-1))
    #expect(start.advanced(by: .nanoseconds(1_999)).since(start) == .microseconds(1))
    #expect(Duration.minutes(90) == .hours(1) + .minutes(30) && Duration.days(1) == .hours(24))
  }
}
