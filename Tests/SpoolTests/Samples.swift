import Foundation
import Market
import Synchronization
import Testing

@testable import Spool

/// A folder of a test's own for a spool to be made in, removed when the body ends.
func withFolder<T>(_ body: (String) async throws -> T) async throws -> T {
  let folder = FileManager.default.temporaryDirectory.appending(path: "flux-spool-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try await body(folder + "/spool")
}

/// What a spool reported.
final class Reports: Sendable {
  private let all = Mutex<[SpoolReport]>([])

  var values: [SpoolReport] { all.withLock { $0 } }
  func add(_ report: SpoolReport) { all.withLock { $0.append(report) } }

  /// Records that were set aside, and those that a mending could not read.
  var unreadable: Int {
    values.reduce(0) { count, report in
      switch report {
      case .setAside: count + 1
      case .mended(_, _, _, let lost): count + lost
      }
    }
  }
}

/// The same numbers for the same seed. Source: Steele, Lea and Flood, SplitMix64.
struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

enum Sample {
  static let start = Instant(seconds: 1_774_742_400)

  /// The `number`th batch of a feed: observed so many seconds after ``start``, with values that are its own.
  static func batch(_ number: Int, of feed: String = "elexon-system-price", observations count: Int = 48) -> Batch {
    var batch = Batch(
      feed: feed, window: Window(from: start, to: start.advanced(by: .days(1))),
      observedAt: start.advanced(by: .seconds(number)))
    batch.observations = (0..<count).map {
      Observation(time: start.advanced(by: .minutes(-30 * $0)), signal: 3, value: Float(number) + Float($0) / 64)
    }
    batch.counts.records = count
    return batch
  }

  /// Something in every place where a batch can hold something.
  static let full: Batch = {
    var batch = Batch(
      feed: "axle-battery-schedule", window: nil, observedAt: Instant(microseconds: 1_774_742_400_000_001))
    batch.observations = [
      Observation(time: Instant(microseconds: -1), signal: .max, value: -.infinity),
      Observation(time: start, signal: 4, value: -0.0),
    ]
    batch.metadata = [#"{"assets": {"b1": "£"}}"#, nil]
    batch.schedule = DispatchSchedule(
      maxima: ["b1": 2_500.25, "b2": 0],
      steps: [
        "b1": [
          .init(start: start, end: start.advanced(by: .minutes(30)), action: "charge_max"),
          .init(start: start.advanced(by: .minutes(30)), end: start.advanced(by: .hours(1)), action: "hum"),
        ], "b2": [],
      ])
    batch.rejects = [
      Reject(feed: "axle", place: "data[1]", time: "2025-10-26 period 37", field: "a", value: "\0é", reason: "is odd"),
      Reject(feed: "axle", place: "line 4", time: nil, field: "", value: "", reason: ""),
    ]
    batch.flags = [ImplausibleValue(signal: 3, time: start, value: 9_999.5, reason: "above 9000 £/MWh")]
    batch.counts.records = 1
    batch.counts.filtered = 2
    batch.counts.outside = 3
    batch.counts.rejected = 4
    batch.counts.withoutValue = 5
    batch.counts.unknownFields = 6
    batch.counts.bytes = 7
    batch.leastAge = Duration(secondsComponent: -86_401, attosecondsComponent: -3)
    return batch
  }()
}

/// All that two batches hold, compared.
func expectSame(_ left: Batch?, _ right: Batch, at location: SourceLocation = #_sourceLocation) {
  func isSame(_ left: Batch) -> Bool {
    left.feed == right.feed && left.window == right.window && left.observedAt == right.observedAt
      && left.observations == right.observations && left.metadata == right.metadata && left.schedule == right.schedule
      && left.rejects == right.rejects && left.flags == right.flags && left.counts == right.counts
      && left.leastAge == right.leastAge
  }
  #expect(left.map(isSame) == true, "\(String(describing: left)) is not \(right)", sourceLocation: location)
}

extension Spool {
  /// Takes out all that waits for a feed, oldest first, as a collector does.
  func drain(_ feed: String) throws -> [Batch] {
    var batches: [Batch] = []
    while let entry = try oldest(of: feed) {
      batches.append(entry.batch)
      try remove(entry.id)
    }
    return batches
  }
}
