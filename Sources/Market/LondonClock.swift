import FoundationEssentials

/// London's clock: when each London day begins, from the system's time zone database.
///
/// The law may change summer time, so nothing is assumed beyond what the database says. Read once, then a value:
/// looking up a day is a binary search.
package struct LondonClock: Sendable {
  /// Instants (seconds) at which the offset changes, ascending; the listed ones, then those of the file's rule.
  private let changes: [Int64]
  /// Seconds east of UTC from the change of the same index on.
  private let offsets: [Int64]
  private let offsetBeforeFirst: Int64

  /// The last year for which the file's closing rule is laid out.
  static let lastYear = 2200

  /// Reads `Europe/London` from `$TZDIR`, else from the places where systems keep it.
  ///
  /// - Parameter directories: folders of the database, the first that has the file is taken.
  /// - Throws: ``ZoneDataError`` where none has it, or where it cannot be read.
  package init(directories: [String]) throws(ZoneDataError) {
    for directory in directories {
      let path = directory + "/Europe/London"
      guard FileManager.default.fileExists(atPath: path) else { continue }
      guard let file = try? Data(contentsOf: URL(filePath: path)) else {
        throw ZoneDataError.unreadable(path: path, reason: "no permission to read it")
      }
      let zone: ZoneFile
      do { zone = try ZoneFile(Array(file)) } catch {
        throw ZoneDataError.unreadable(path: path, reason: error.reason)
      }
      self.init(zone)
      return
    }
    throw ZoneDataError.missing(directories: directories)
  }

  /// `$TZDIR` alone where it is set, else the folders of Debian and of its relatives.
  package static func systemDirectories(environment: [String: String]) -> [String] {
    if let folder = environment["TZDIR"], !folder.isEmpty { return [folder] }
    return ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo"]
  }

  init(_ zone: ZoneFile) {
    offsetBeforeFirst = zone.offsetBeforeFirst
    var changes = zone.transitions.map(\.at)
    var offsets = zone.transitions.map(\.offset)
    if let rule = zone.rule {
      // Some files list a transition at the Big Bang; no rule reaches back further than the first summer times.
      let firstYear = max(changes.last.map(Self.year(ofSecond:)) ?? 1970, 1900)
      for year in stride(from: firstYear, through: Self.lastYear, by: 1) {
        for change in rule.changes(in: year) where change.at > changes.last ?? .min {
          changes.append(change.at)
          offsets.append(change.offset)
        }
      }
    }
    self.changes = changes
    self.offsets = offsets
  }

  /// Seconds that London is ahead of UTC at `instant`: 0 or 3,600 in our time.
  package func offset(at instant: Instant) -> Int64 {
    let second = instant.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    return offset(atSecond: second.remainder < 0 ? second.quotient - 1 : second.quotient)
  }

  private func offset(atSecond second: Int64) -> Int64 {
    var low = 0
    var high = changes.count
    while low < high {
      let middle = (low + high) / 2
      if changes[middle] <= second { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? offsetBeforeFirst : offsets[low - 1]
  }

  /// London's date at `instant`.
  package func date(at instant: Instant) -> CivilDate {
    let local = instant.microseconds + offset(at: instant) * 1_000_000
    let day: Int64 = 86_400_000_000
    return CivilDate(daysSinceEpoch: Int(local >= 0 ? local / day : (local - day + 1) / day))
  }

  /// The instant London's `date` begins. London's clocks change at 01:00 UTC, so midnight is there once, every day.
  package func midnight(of date: CivilDate) -> Instant {
    let local = Int64(date.daysSinceEpoch) * 86_400
    return Instant(seconds: local - offset(atSecond: local - offset(atSecond: local)))
  }

  /// The instant at which London's clocks show this time of day.
  ///
  /// - Parameter secondOfDay: seconds shown since 00:00, 0 to 86,399.
  /// - Returns: nil for an hour that the clocks skip in spring, or show twice in autumn: it names no one instant.
  package func instant(of date: CivilDate, secondOfDay: Int) -> Instant? {
    let local = Int64(date.daysSinceEpoch) * 86_400 + Int64(secondOfDay)
    let (early, late) = (offset(atSecond: local - 7_200), offset(atSecond: local + 7_200))
    let (isEarly, isLate) = (offset(atSecond: local - early) == early, offset(atSecond: local - late) == late)
    guard early == late ? isEarly : isEarly != isLate else { return nil }
    return Instant(seconds: local - (isEarly ? early : late))
  }

  /// Every change of the clocks in `years`, with London's offset from then on; for tests and for schedules.
  package func clockChanges(in years: ClosedRange<Int>) -> [(at: Instant, offset: Int64)] {
    zip(changes, offsets).filter { years.contains(Self.year(ofSecond: $0.0)) }
      .map { (Instant(seconds: $0), $1) }
  }

  private static func year(ofSecond second: Int64) -> Int {
    let day = second.quotientAndRemainder(dividingBy: 86_400)
    return CivilDate(daysSinceEpoch: Int(day.remainder < 0 ? day.quotient - 1 : day.quotient)).yearMonthDay.year
  }
}

/// London's clock cannot be known, and with it no settlement period.
package enum ZoneDataError: Error, CustomStringConvertible {
  case missing(directories: [String])
  case unreadable(path: String, reason: String)

  package var description: String {
    switch self {
    case .missing(let directories):
      "no time zone data for Europe/London in \(directories.joined(separator: ", ")): "
        + "install it (apt-get install tzdata) or point TZDIR at it"
    case .unreadable(let path, let reason):
      "\(path): \(reason): install the time zone data again (apt-get install --reinstall tzdata)"
    }
  }
}
