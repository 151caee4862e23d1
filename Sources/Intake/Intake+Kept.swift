package import Archive
import Decode
import Feeds
import Fetch
package import Market

/// What a feed with `archive: on` keeps of its replies, and how they are read once more.
extension Intake {
  /// Runs `body`, and keeps the replies that it noted: also where nothing of them could be used, and not where one of
  /// them did not come.
  nonisolated(nonsending) func keeping(
    _ window: Window?, _ body: nonisolated(nonsending) (inout [KeptReply.Part]) async throws -> Batch
  ) async throws -> Batch {
    var parts: [KeptReply.Part] = []
    do {
      let batch = try await body(&parts)
      await keep(parts, of: window)
      return batch
    } catch let error as DecodeError {
      await keep(parts, of: window)
      throw error
    }
  }

  /// In Swift's own pool, since nothing may wait for a disk on the fetcher's thread.
  private nonisolated(nonsending) func keep(_ parts: [KeptReply.Part], of window: Window?) async {
    guard let archive else { return }
    await withTaskExecutorPreference(globalConcurrentExecutor) {
      await archive.keep(KeptReply(feed: feed.id, window: window, parts: parts))
    }
  }

  func note(_ response: Response, of asset: AxleAsset? = nil, _ parts: inout [KeptReply.Part]) {
    guard archive != nil else { return }
    parts.append(
      KeptReply.Part(
        url: "\(response.url)", asset: asset?.id, arrivedAt: response.arrivedAt, body: response.maskedBody))
  }

  /// A kept reply by what the feed's file says now; nothing is asked of anybody.
  ///
  /// - Throws: `DecodeError` for a reply that is not what the feed describes, ``OtherAssets``.
  package func read(_ kept: KeptReply) throws -> Batch {
    guard case .axleSchedule(let assets) = feed.reading else { return try readRecords(kept) }
    let bodies = Dictionary(kept.parts.map { ($0.asset ?? "", $0) }) { $1 }
    guard Set(bodies.keys) == Set(assets.map(\.id)) else { throw OtherAssets(found: bodies.keys.sorted()) }
    return try decoder.decodeSchedule(
      assets.compactMap { asset in bodies[asset.id].map { (asset, $0.body) } }, urls: bodies.mapValues(\.url),
      observedAt: kept.arrivedAt)
  }

  private func readRecords(_ kept: KeptReply) throws(DecodeError) -> Batch {
    var batch = Batch(feed: feed.id, window: kept.window, observedAt: kept.arrivedAt)
    for (number, part) in kept.parts.enumerated() {
      let page = try decoder.decode(
        part.body.span, window: kept.window, observedAt: part.arrivedAt, from: part.url
      ).batch
      if number == 0 { batch = page } else { batch.append(page) }
    }
    return batch
  }
}

/// A kept round of other batteries than those of today: what it means for the schedule in force cannot be told.
package struct OtherAssets: Error, CustomStringConvertible {
  package let found: [String]

  package var description: String {
    "the round was of other batteries (\(found.joined(separator: ", "))) than \(AxleAsset.setting) has now"
  }
}
