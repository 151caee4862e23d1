import Foundation
import Testing

@testable import Market

let zoneDirectories = LondonClock.systemDirectories(environment: ProcessInfo.processInfo.environment)

func systemLondon() throws -> LondonClock { try LondonClock(directories: zoneDirectories) }

func zoneFile(_ name: String) throws -> [UInt8] {
  let path = zoneDirectories.map { $0 + "/" + name }.first { FileManager.default.fileExists(atPath: $0) }
  return Array(try Data(contentsOf: URL(fileURLWithPath: try #require(path, "no zone data for \(name)"))))
}

func day(_ text: String) throws -> SettlementDate { try #require(SettlementDate(text)) }

func at(_ text: String) throws -> Instant { try #require(Instant(text)) }

/// Sebastiano Vigna's SplitMix64: the same numbers in every run.
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// What the system's `zdump` says of a zone: seconds since 1970 and the offset at them, on both sides of each change.
func zdump(_ zone: String, from first: Int, before last: Int) throws -> [(second: Int64, offset: Int64)] {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = ["zdump", "-V", "-c", "\(first),\(last)", zone]
  let pipe = Pipe()
  process.standardOutput = pipe
  try process.run()
  let output = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
  return try String(decoding: output, as: UTF8.self).split(separator: "\n").compactMap { line in
    // Europe/London  Sun Oct 25 00:59:59 2499 UT = Sun Oct 25 01:59:59 2499 BST isdst=1 gmtoff=3600
    let words = line.split(separator: " ")
    guard words.count > 8, words[6] == "UT", let offset = Int64(words.last?.dropFirst(7) ?? "") else { return nil }
    let clock = words[4].split(separator: ":").compactMap { Int64($0) }
    let (year, month) = (Int(words[5]) ?? 0, (months.firstIndex(of: String(words[2])) ?? 12) + 1)
    let date = try #require(CivilDate(year: year, month: month, day: Int(words[3]) ?? 0), "\(line)")
    return (Int64(date.daysSinceEpoch) * 86_400 + clock[0] * 3_600 + clock[1] * 60 + clock[2], offset)
  }
}
