import Feeds
import FoundationEssentials
import Market
import SlowTwins

@testable import Decode

/// Any bytes as a CSV reply: read without a trap, and the same lines, cells and errors as byte by byte.
///
/// A C function because libFuzzer calls it; `data` is valid for `count` bytes while it runs.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  compare(bytes, fields: ["Settlement Date", "Settlement Period", "Price"], columns: nil)
  compare(bytes, fields: ["when", "kW"], columns: ["meter", "when", "kW"])
  for decoder in decoders { check(decoder, bytes) }
  return 0
}

private func compare(_ bytes: [UInt8], fields: [String], columns: [String]?) {
  var twin = SlowCSV(bytes, fields: fields)
  var hasColumns = false
  var expected: SlowError?
  do { hasColumns = try twin.read(columns: columns) } catch { expected = error }

  var sink = Collector()
  var failure: SlowError?
  var lacksColumns = false
  var fast = CSVRecords(format: CSVFormat(encoding: .utf8, columns: columns), fields: fields)
  do { try fast.read(bytes.span, into: &sink) } catch let error as Malformed {
    failure = SlowError(what: error.what, byte: error.byte)
  } catch { lacksColumns = true }
  precondition(failure == expected, "\(String(describing: failure)) instead of \(String(describing: expected))")
  precondition(lacksColumns != hasColumns || failure != nil)
  precondition(sink.records == twin.records, "\(sink.records) instead of \(twin.records)")
}

private struct Collector: RecordSink {
  var records: [SlowRecord] = []

  mutating func take(_ slots: Span<Token>, of bytes: Span<UInt8>, index: Int, record: Range<Int>) {
    let slots = slots.indices.map { SlowToken(slots[$0].kind.rawValue, slots[$0].start, slots[$0].count) }
    records.append(SlowRecord(slots: slots, index: index))
  }
}

/// Those of `feeds/`, whose folder is where the program is started.
private let decoders: [Decoder] = {
  do {
    let catalog = try FeedCatalog.load(directory: "feeds", signals: Signal.standard, environment: [:])
    let environment = ProcessInfo.processInfo.environment
    let london = try LondonClock(directories: LondonClock.systemDirectories(environment: environment))
    return catalog.feeds.filter { $0.format != .json }.compactMap { feed in
      if case .records = feed.reading { Decoder(feed, london: london) } else { nil }
    }
  } catch { fatalError("\(error)") }
}()

/// Whatever the bytes, a page is in order, without a key twice, finite, and every record counted once.
private func check(_ decoder: Decoder, _ bytes: [UInt8]) {
  let observedAt = Instant(seconds: 1_790_000_000)
  guard let batch = try? decoder.decode(bytes.span, window: nil, observedAt: observedAt).batch else { return }
  precondition(batch.counts.filtered + batch.counts.outside + batch.counts.rejected <= batch.counts.records)
  precondition(batch.observations.allSatisfy { $0.value.isFinite })
  for (before, after) in zip(batch.observations, batch.observations.dropFirst()) {
    precondition((after.time, before.signal) < (before.time, after.signal), "\(before), \(after)")
  }
}
