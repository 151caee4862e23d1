import Market
import Postgres

/// Half hours of two signals, newest first, as a backfill loads them. The same numbers in every run.
struct SampleObservations {
  /// The end of the newest half hour, excluded.
  let end: Instant
  /// Each has other values than the one before it.
  let revision: Int

  static let signals: [Int32] = [3, 101]

  /// - Parameter place: counted from the newest.
  subscript(place: Int) -> Observation {
    let (halfHour, signal) = place.quotientAndRemainder(dividingBy: Self.signals.count)
    let hundredths = (place &* 7_919 &+ revision &* 104_729) % 200_000 - 50_000
    return Observation(
      time: end.advanced(by: .minutes(-30 * (halfHour + 1))), signal: Self.signals[signal],
      value: Float(hundredths) / 100)
  }

  func batches(of size: Int, rows: Int) -> [[Observation]] {
    stride(from: 0, to: rows, by: size).map { start in (start..<min(start + size, rows)).map { self[$0] } }
  }

  /// `count` of the newest `rows`, at random places and newest first.
  func scattered(_ count: Int, of rows: Int) -> [Observation] {
    var places: Set<Int> = []
    while places.count < count { places.insert(Int.random(in: 0..<rows)) }
    return places.sorted().map { self[$0] }
  }
}

/// COPY's binary form of rows (time, type, value). Source: "Binary Format" in PostgreSQL's page on COPY.
func copyBytes(_ observations: [Observation]) -> [UInt8] {
  var writer = BinaryWriter()
  writer.write(bytes: "PGCOPY\n".utf8)
  writer.write(bytes: [0xFF, 0x0D, 0x0A, 0x00])
  writer.write(Int64(0))
  for observation in observations {
    writer.write(Int16(3))
    writer.counted { $0.write(Timestamp(microsecondsSince1970: observation.time.microseconds).microseconds) }
    writer.counted { $0.write(observation.signal) }
    writer.counted { $0.write(observation.value.bitPattern) }
  }
  writer.write(Int16(-1))
  return writer.bytes
}
