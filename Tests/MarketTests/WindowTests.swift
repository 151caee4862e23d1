import Testing

@testable import Market

@Suite struct `Windows of time` {
  let london: LondonClock

  init() throws { london = try systemLondon() }

  @Test func `Settlement days from one to another are both included`() throws {
    let window = Window(from: try day("2026-03-28"), through: try day("2026-03-30"), in: london)
    #expect(window.description == "2026-03-28T00:00:00Z to 2026-03-30T23:00:00Z")
    #expect(window.halfHours == 48 + 46 + 48)
    #expect(try window.settlementDates(in: london) == [day("2026-03-28"), day("2026-03-29"), day("2026-03-30")])
    let single = Window(from: try day("2025-10-26"), through: try day("2025-10-26"), in: london)
    #expect(single.halfHours == 50)
    #expect(try single.settlementDates(in: london) == [day("2025-10-26")])
  }

  @Test func `Its end is no part of it`() throws {
    let window = try day("2026-03-29").window(in: london)
    #expect(try window.contains(at("2026-03-29T00:00Z")) && window.contains(at("2026-03-29T22:59:59.999999Z")))
    #expect(try !window.contains(at("2026-03-29T23:00Z")) && !window.contains(at("2026-03-28T23:59:59Z")))
  }

  @Test(arguments: [1, 2, 6, 7, 400])
  func `Split over a year it covers every half hour once, oldest first`(days: Int) throws {
    let whole = Window(from: try day("2025-01-01"), through: try day("2026-12-31"), in: london)
    let parts = whole.split(days: days, in: london)
    #expect(parts.first?.from == whole.from && parts.last?.to == whole.to)
    for (part, next) in zip(parts, parts.dropFirst()) { #expect(part.to == next.from) }
    for part in parts.dropLast() { #expect(part.settlementDates(in: london).count == days) }
    #expect(parts.reduce(0) { $0 + $1.halfHours } == 730 * 48)
  }

  @Test func `Split keeps to whole days also over a change of the clocks`() throws {
    let whole = Window(from: try day("2025-10-25"), through: try day("2025-10-27"), in: london)
    let parts = whole.split(days: 1, in: london)
    #expect(parts.map(\.halfHours) == [48, 50, 48])
    #expect(parts.map(\.from.description) == ["2025-10-24T23:00:00Z", "2025-10-25T23:00:00Z", "2025-10-27T00:00:00Z"])
  }

  @Test func `A window inside a day asks for the whole day, and an empty one for nothing`() throws {
    let inside = Window(from: try at("2026-03-29T12:00Z"), to: try at("2026-03-29T12:30Z"))
    #expect(try inside.split(days: 3, in: london) == [day("2026-03-29").window(in: london)])
    let edge = Window(from: try at("2026-07-01T22:30Z"), to: try at("2026-07-01T23:30Z"))
    #expect(try edge.settlementDates(in: london) == [day("2026-07-01"), day("2026-07-02")])
    let empty = Window(from: inside.from, to: inside.from)
    #expect(empty.split(days: 1, in: london).isEmpty && empty.settlementDates(in: london).isEmpty)
  }
}
