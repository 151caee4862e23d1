package import Feeds
package import Market

extension Decoder {
  /// Reads one round of Axle's schedules: the replies of all batteries of the feed.
  ///
  /// A step whose action nobody has told us of is a reject, and stays in the schedule as unknown: it asks for no
  /// level and withdraws none. A step that cannot be read is a reject too, and since nobody knows what it covers, its
  /// battery's round withdraws nothing. Source: `GET /entities/asset/{asset_id}/battery-schedule` in Axle's OpenAPI.
  ///
  /// - Parameters:
  ///   - replies: the body for each battery, by its id.
  ///   - urls: what was asked for each battery, by its id, without secrets; for the rejects.
  /// - Throws: ``DecodeError`` where one reply is no schedule: then there is no round, and nothing is withdrawn.
  package func decodeSchedule(
    _ replies: [(asset: AxleAsset, body: [UInt8])], urls: [String: String] = [:], observedAt: Instant
  ) throws(DecodeError) -> Batch {
    var batch = Batch(feed: feed.id, window: nil, observedAt: observedAt)
    batch.metadata = []
    var steps: [String: [DispatchSchedule.Step]] = [:]
    var maxima: [String: Double] = [:]
    for (asset, body) in replies {
      var records = JSONRecords(StepReader.names)
      var reader = StepReader(feed: feed.id, asset: asset, url: urls[asset.id])
      do throws(DecodeError) { try read(body.span, &records, into: &reader) } catch {
        var error = error
        error.url = urls[asset.id]
        throw error
      }
      maxima[asset.id] = asset.maximum
      steps[asset.id] = reader.steps
      if reader.hasUnreadable {
        // Last, so that it covers only what no step covers: an unknown action leaves what was known.
        steps[asset.id]?.append(
          DispatchSchedule.Step(start: observedAt, end: observedAt.advanced(by: .days(3_650)), action: ""))
      }
      batch.rejects += reader.rejects
      batch.counts.records += records.count
      batch.counts.rejected += reader.rejected
      batch.counts.unknownFields = max(batch.counts.unknownFields, records.unknownFields)
      batch.counts.bytes += body.count
    }
    batch.schedule = DispatchSchedule(maxima: maxima, steps: steps)
    return batch
  }

  private func read(
    _ bytes: Span<UInt8>, _ records: inout JSONRecords, into reader: inout StepReader
  ) throws(DecodeError) {
    try checkPromise(bytes)
    let found: Bool
    do throws(Malformed) { found = try records.read(bytes, into: &reader) } catch {
      throw failure(.malformed(error.what, byte: error.byte), bytes)
    }
    // Taken for an empty schedule, null would withdraw everything.
    guard found, !records.isNull else { throw failure(.noRecords(path: "schedule_steps"), bytes) }
  }
}

/// The steps of one battery's schedule.
private struct StepReader: RecordSink {
  static let fields = ["start_timestamp", "end_timestamp", "action"]
  static let names = JSONRecords.Names(records: ["schedule_steps"], nextPage: [], fields: fields)

  let feed: String
  let asset: AxleAsset
  let url: String?
  var steps: [DispatchSchedule.Step] = []
  var rejects: [Reject] = []
  /// All of them, kept in full or not.
  var rejected = 0
  var hasUnreadable = false

  init(feed: String, asset: AxleAsset, url: String?) {
    self.feed = feed
    self.asset = asset
    self.url = url
  }

  mutating func take(_ slots: Span<Token>, of bytes: Span<UInt8>, index: Int, record: Range<Int>) {
    func text(_ slot: Int) -> String? {
      switch slots[slot].kind {
      case .text:
        String(decoding: bytes.bytes(from: slots[slot].start, count: slots[slot].count), as: UTF8.self)
      case .escaped: unescapedJSON(slots[slot], in: bytes).map { String(decoding: $0, as: UTF8.self) }
      default: nil
      }
    }
    func reject(_ slot: Int, time: Instant?, _ reason: String) {
      rejected += 1
      guard rejects.count < RecordReader.mostRejects else { return }
      rejects.append(
        Reject(
          feed: feed, place: "schedule_steps[\(index)] of \(asset.id)", time: time?.description,
          field: Self.fields[slot], value: excerpt(of: bytes, slots[slot]), reason: reason, url: url,
          sample: keptText(of: bytes, record, limit: Reject.recordBytes)))
    }
    var bounds: [Instant] = []
    for slot in 0..<2 {
      guard let text = text(slot), let instant = Instant(text) else {
        hasUnreadable = true
        return reject(slot, time: nil, "is not an instant such as 2026-03-29T00:30:00Z")
      }
      bounds.append(instant)
    }
    guard bounds[0] < bounds[1] else {
      hasUnreadable = true
      return reject(1, time: bounds[0], "is not after the step's start")
    }
    let action = text(2) ?? ""
    if DispatchSchedule.level(of: action, maximum: asset.maximum) == nil {
      reject(2, time: bounds[0], "is an action that is not known; its level is left as it was")
    }
    steps.append(DispatchSchedule.Step(start: bounds[0], end: bounds[1], action: action))
  }
}
