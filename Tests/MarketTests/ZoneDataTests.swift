import Foundation
import Testing

@testable import Market

@Suite struct `Time zone data` {
  @Test func `TZDIR alone is asked where it is set`() {
    #expect(LondonClock.systemDirectories(environment: ["TZDIR": "/opt/zones"]) == ["/opt/zones"])
    #expect(LondonClock.systemDirectories(environment: ["TZDIR": ""]).first == "/usr/share/zoneinfo")
    #expect(LondonClock.systemDirectories(environment: [:]).first == "/usr/share/zoneinfo")
  }

  @Test func `A folder of zone data is read, and the first that has London is taken`() throws {
    try withFolder { folder in
      let copy = folder + "/Europe"
      try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
      // Tokyo's data under London's name shows which file was read.
      try Data(try zoneFile("Asia/Tokyo")).write(to: URL(fileURLWithPath: copy + "/London"))
      let clock = try LondonClock(directories: [folder + "/nothing", folder] + zoneDirectories)
      #expect(clock.offset(at: try at("2024-01-01T00:00Z")) == 9 * 3_600)
    }
  }

  @Test func `Without data the error says what to install`() {
    let error = #expect(throws: ZoneDataError.self) { try LondonClock(directories: ["/nowhere", "/nor/here"]) }
    #expect(
      error?.description
        == "no time zone data for Europe/London in /nowhere, /nor/here: "
        + "install it (apt-get install tzdata) or point TZDIR at it"
    )
  }

  @Test func `A broken file is named, with how to mend it`() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(atPath: folder + "/Europe", withIntermediateDirectories: true)
      try Data("no zone".utf8).write(to: URL(fileURLWithPath: folder + "/Europe/London"))
      let error = #expect(throws: ZoneDataError.self) { try LondonClock(directories: [folder]) }
      let text = try #require(error?.description)
      #expect(text.hasPrefix(folder + "/Europe/London: "))
      #expect(text.contains("apt-get install --reinstall tzdata"))
    }
  }

  @Test(arguments: [
    "Europe/London", "Europe/Dublin", "Pacific/Auckland", "America/Santiago", "America/New_York", "Asia/Tokyo",
    "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe", "Asia/Gaza", "America/Nuuk", "UTC", "America/Sao_Paulo",
  ])
  func `A zone has the offsets that zdump prints, listed and by its rule`(zone: String) throws {
    let clock = LondonClock(try ZoneFile(try zoneFile(zone)))
    for (second, offset) in try zdump(zone, from: 1900, before: 2100) {
      #expect(clock.offset(at: Instant(seconds: second)) == offset, "\(zone) \(Instant(seconds: second))")
    }
  }

  @Test func `A file cut off at any byte is refused`() throws {
    let file = try zoneFile("Europe/London")
    for count in 0..<file.count {
      #expect(throws: ZoneFile.Malformed.self) { try ZoneFile(Array(file[..<count])) }
    }
    #expect(throws: Never.self) { try ZoneFile(file) }
  }

  @Test func `A damaged file never stops the program`() throws {
    let file = try zoneFile("Europe/London")
    var random = SeededNumbers(state: 1)
    var refused = 0
    for _ in 0..<4_000 {
      var bytes = file
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        // The header and the footer are where the sense is.
        let place = [
          Int.random(in: 0..<bytes.count, using: &random), Int.random(in: 0..<min(60, bytes.count), using: &random),
          bytes.count - 1 - Int.random(in: 0..<30, using: &random),
        ].randomElement(using: &random) ?? 0
        bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
      do {
        let clock = LondonClock(try ZoneFile(bytes))
        // Whatever it says, it answers.
        _ = clock.midnight(of: CivilDate(daysSinceEpoch: 20_000))
        _ = clock.date(at: Instant(microseconds: .min / 2))
        _ = clock.clockChanges(in: 1970...2100)
      } catch { refused += 1 }
    }
    #expect(refused > 500)
    for _ in 0..<2_000 {
      let noise = (0..<Int.random(in: 0..<300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(throws: ZoneFile.Malformed.self) { try ZoneFile(noise) }
      #expect(throws: ZoneFile.Malformed.self) { try ZoneFile(Array("TZif2".utf8) + noise) }
    }
  }

  @Test func `Transitions out of order are refused, since a clock searches them`() throws {
    var file = try zoneFile("Europe/London")
    let second = try #require(file.dropFirst(4).indices.first { file[$0...].starts(with: "TZif".utf8) })
    // The first time of the second block, made the latest of all.
    file[second + 44] = 0x7F
    #expect(throws: ZoneFile.Malformed.self) { try ZoneFile(file) }
  }

  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "zones-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }
}

@Suite struct `Rule of a zone` {
  @Test func `London's rule changes on the last Sundays of March and October at 01:00 UTC`() throws {
    let rule = try #require(ZoneRule("GMT0BST,M3.5.0/1,M10.5.0"))
    #expect(
      rule.changes(in: 2026).map { Instant(seconds: $0.at).description }
        == ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"])
    #expect(rule.changes(in: 2026).map(\.offset) == [3_600, 0])
  }

  @Test(arguments: [
    // Negative summer time: Ireland's winter is the exception.
    ("IST-1GMT0,M10.5.0,M3.5.0/1", 2026, ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"], [3_600, 0]),
    // The southern hemisphere's summer spans new year.
    ("NZST-12NZDT,M9.5.0,M4.1.0/3", 2026, ["2026-04-04T14:00:00Z", "2026-09-26T14:00:00Z"], [43_200, 46_800]),
    ("<-04>4<-03>,M9.1.6/24,M4.1.6/24", 2026, ["2026-04-05T03:00:00Z", "2026-09-06T04:00:00Z"], [-14_400, -10_800]),
    // Hours before the day and days after it.
    ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2026, ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"], [-3_600, -7_200]),
    ("EET-2EEST,M3.4.4/50,M10.4.4/50", 2026, ["2026-03-28T00:00:00Z", "2026-10-23T23:00:00Z"], [10_800, 7_200]),
    // 1 March is J60 in every year; 60 is 29 February or 1 March, counted from 0.
    ("AAA0BBB,J60/0,J305/0", 2024, ["2024-03-01T00:00:00Z", "2024-10-31T23:00:00Z"], [3_600, 0]),
    ("AAA0BBB,J60/0,J305/0", 2023, ["2023-03-01T00:00:00Z", "2023-10-31T23:00:00Z"], [3_600, 0]),
    ("AAA0BBB,59/0,304/0", 2024, ["2024-02-29T00:00:00Z", "2024-10-30T23:00:00Z"], [3_600, 0]),
    ("AAA0BBB,59/0,304/0", 2023, ["2023-03-01T00:00:00Z", "2023-10-31T23:00:00Z"], [3_600, 0]),
    ("AAA3:30:15BBB2,J1,J2/1:02:03", 2023, ["2023-01-01T05:30:15Z", "2023-01-02T03:02:03Z"], [-7_200, -12_615]),
  ])
  func `Every form of the rule says when the clocks change`(
    text: String, year: Int, times: [String], offsets: [Int64]
  ) throws {
    let changes = try #require(ZoneRule(text)).changes(in: year)
    #expect(changes.map { Instant(seconds: $0.at).description } == times)
    #expect(changes.map(\.offset) == offsets)
  }

  @Test func `A rule without summer time never changes`() throws {
    let rule = try #require(ZoneRule("<+03>-3"))
    #expect(rule.standardOffset == 10_800)
    #expect(rule.changes(in: 2026).isEmpty)
  }

  @Test(arguments: [
    "", "GMT", "0", "GM0", "GMT0BST", "GMT0BST,", "GMT0BST,M3.5.0/1", "GMT0BST,M13.5.0,M10.5.0",
    "GMT0BST,M3.6.0,M10.5.0",
    "GMT0BST,M3.5.7,M10.5.0", "GMT0BST,M0.5.0,M10.5.0", "GMT0BST,J0,J5", "GMT0BST,J366,J5", "GMT0BST,366,5",
    "GMT0BST,M3.5.0/,M10.5.0", "GMT0BST,M3.5.0/168,M10.5.0", "GMT0BST,M3.5.0/1:60,M10.5.0", "GMT0BST,M3.5.0,M10.5.0 ",
    "<+03-3", "GMT9223372036854775807", "GMT999999999999999999999", "GMT0BST,M3.5.0/2:9223372036854775807,M10.5.0",
    "GMT--1", "GMT0:", "GMT²",
  ])
  func `Text that is no rule is refused`(text: String) {
    #expect(ZoneRule(text) == nil)
  }
}
