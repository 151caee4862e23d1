import Feeds
import FoundationEssentials
import Market
import SlowTwins

@testable import Decode

/// Any bytes as a JSON reply: read without a trap, and the same records, values and errors as byte by byte.
///
/// A C function because libFuzzer calls it; `data` is valid for `count` bytes while it runs.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  let fields = ["settlementDate", "settlementPeriod", "systemSellPrice", "netImbalanceVolume"]
  for (records, nextPage) in [(["data"], ["next"]), ([], [])] {
    var twin = SlowJSON(bytes, records: records, nextPage: nextPage, fields: fields)
    var expected: SlowError?
    do { try twin.read() } catch { expected = error }

    var sink = Collector()
    var found = false
    var failure: SlowError?
    var fast = JSONRecords(.init(records: records, nextPage: nextPage, fields: fields))
    do throws(Malformed) { found = try fast.read(bytes.span, into: &sink) } catch {
      failure = SlowError(what: error.what, byte: error.byte)
    }
    precondition(failure == expected, "\(String(describing: failure)) instead of \(String(describing: expected))")
    precondition(sink.records == twin.records, "\(sink.records) instead of \(twin.records)")
    if failure == nil {
      precondition(found == twin.foundRecords && fast.isNull == twin.isNull)
      precondition(SlowToken(fast.next) == twin.next && fast.unknownFields == twin.unknownFields)
    }
  }
  for decoder in decoders { check(decoder, bytes) }
  return 0
}

private struct Collector: RecordSink {
  var records: [SlowRecord] = []

  mutating func take(_ slots: Span<Token>, of bytes: Span<UInt8>, index: Int, record: Range<Int>) {
    let slots = slots.indices.map { SlowToken(slots[$0]) }
    records.append(SlowRecord(slots: slots, index: index))
  }
}

extension SlowToken {
  fileprivate init(_ token: Token) {
    self.init(token.kind.rawValue, token.start, token.count)
  }
}

/// Those of `feeds/`, whose folder is where the program is started.
private let decoders: [Decoder] = {
  do {
    let catalog = try FeedCatalog.load(directory: "feeds", signals: Signal.standard, environment: [:])
    let environment = ProcessInfo.processInfo.environment
    let london = try LondonClock(directories: LondonClock.systemDirectories(environment: environment))
    return catalog.feeds.filter { $0.format == .json }.compactMap { feed in
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
