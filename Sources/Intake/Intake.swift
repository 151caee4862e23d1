package import Archive
import Decode
package import Feeds
package import Fetch
package import Market

/// START HERE. The way of an observation, for one feed and one window: asked for, fetched, decoded and normalised.
///
/// What comes out is a `Batch`, and `Store.Loader` puts it into the table. The service and a backfill differ only in
/// who asks for which window.
package final class Intake: Sendable {
  package let feed: Feed
  let decoder: Decoder
  private let baseURL: RedactedURL
  private let fetcher: Fetcher
  private let gate: HostGate
  private let authoriser: Authoriser
  private let retry: RetryPolicy
  private let london: LondonClock
  private let pacing: Pacing
  /// nil where the feed's replies are not kept.
  let archive: ReplyArchive?

  /// More pages than any feed has: a provider whose last page names itself as the next must not be asked for ever.
  private static let mostPages = 1_000
  /// A server that asks for a longer pause gets another call after this one: a year's `Retry-After` is a mistake.
  private static let longestRest = Duration.hours(1)

  package init(
    feed: Feed, fetcher: Fetcher, gate: HostGate, environment: [String: String], retry: RetryPolicy = RetryPolicy(),
    london: LondonClock, pacing: Pacing = .system, archive: ReplyArchive? = nil
  ) throws(InvalidURL) {
    self.feed = feed
    self.archive = feed.archive ? archive : nil
    self.fetcher = fetcher
    self.gate = gate
    self.retry = retry
    self.london = london
    self.pacing = pacing
    decoder = Decoder(feed, london: london)
    baseURL = try RedactedURL(feed.host.baseURL)
    authoriser = Authoriser(
      feed: feed, baseURL: baseURL, environment: environment, fetcher: fetcher, gate: gate, now: pacing.now)
  }

  /// Calls of the host that wait for their turn, those of its other feeds among them.
  package var callsWaiting: Int { get async { await gate.waiting } }

  /// How long the host's limit has kept calls waiting, those of its other feeds among them.
  package var waitedForLimit: Duration { get async { await gate.waitedForLimit } }

  /// Until when the token in hand is used; nil where the feed has none.
  package var tokenExpiry: Instant? { get async { await authoriser.tokenExpiry } }

  /// Asks for one window, or for the whole file.
  ///
  /// - Parameters:
  ///   - window: what to keep; the request asks for the whole settlement days that it touches. nil keeps all.
  ///   - state: for who may have to break it off, and would rather not while a request is under way.
  /// - Throws: `FetchError` after the last try, `DecodeError` for a reply that is not what the feed describes,
  ///   ``CredentialError``, `CredentialSetting.Unreadable`, `CancellationError`.
  package func read(_ window: Window?, state: WaitState = WaitState()) async throws -> Batch {
    switch feed.reading {
    case .records: try await keeping(window) { try await readRecords(window, state, &$0) }
    case .axleSchedule(let assets): try await keeping(nil) { try await readRound(assets, state, &$0) }
    }
  }

  private func readRecords(
    _ window: Window?, _ state: WaitState, _ kept: inout [KeptReply.Part]
  ) async throws -> Batch {
    let first = try baseURL.appending(feed.request.pathAndQuery(for: window, in: london))
    var response = try await reply(to: first, state)
    note(response, &kept)
    var page = try decode(response, window)
    var batch = page.batch
    var asked = [first]
    while let next = page.next {
      // Only the link's path and query: scheme, host and credentials stay those of the host.
      let url = try RedactedURL(baseURL.origin + next)
      guard !asked.contains(url), asked.count < Self.mostPages else { throw decoder.endlessPages(at: "\(url)") }
      asked.append(url)
      response = try await reply(to: url, state)
      note(response, &kept)
      page = try decode(response, window)
      batch.append(page.batch)
    }
    return batch
  }

  private func decode(_ response: Response, _ window: Window?) throws(DecodeError) -> Decoder.Page {
    do {
      var page = try decoder.decode(
        response.body.span, window: window, observedAt: response.arrivedAt, from: "\(response.url)")
      page.batch.rejects = page.batch.rejects.map(response.masking)
      return page
    } catch { throw response.masking(error) }
  }

  /// All batteries or nothing: a schedule that lacks one would withdraw what that one was asked to do.
  private func readRound(
    _ assets: [AxleAsset], _ state: WaitState, _ kept: inout [KeptReply.Part]
  ) async throws -> Batch {
    var replies: [(asset: AxleAsset, body: [UInt8])] = []
    var urls: [String: String] = [:]
    var last: Response?
    for asset in assets {
      let path = feed.request.pathAndQuery(for: nil, asset: asset.id, in: london)
      let response = try await reply(to: try baseURL.appending(path), state)
      replies.append((asset, response.body))
      note(response, of: asset, &kept)
      urls[asset.id] = "\(response.url)"
      if response.arrivedAt >= last?.arrivedAt ?? response.arrivedAt { last = response }
    }
    guard let last else { throw CredentialError.missing(setting: AxleAsset.setting) }
    do throws(DecodeError) {
      // All carried the same credentials.
      var batch = try decoder.decodeSchedule(replies, urls: urls, observedAt: last.arrivedAt)
      batch.rejects = batch.rejects.map(last.masking)
      return batch
    } catch { throw last.masking(error) }
  }

  /// One request with its tries; each try spends a permit of the host.
  private func reply(to url: RedactedURL, _ state: WaitState) async throws -> Response {
    let plain = Request(
      feed.request.method == .post ? .post : .get, url,
      headers: feed.request.headers.map { Request.Header($0.name, $0.value) },
      expects: feed.format == .json ? .json : .csv, isSentOnce: feed.host.isStrict)
    var triesDone = 0
    var hasRenewed = false
    while true {
      var request = plain
      do {
        // A token that is still to come is no reply: who ends waits for none, and it is asked for anew by the next.
        try state.wait()
        defer { state.work() }
        // Outside the permit: a token that has to be asked for first needs one of its own.
        request = try await authoriser.authorise(plain)
        return try await gate.withPermit { [request] in
          state.work()
          return try await fetcher.fetch(request)
        }
      } catch let error as FetchError {
        if error.reason == .cancelled { throw CancellationError() }
        if case .again(let asked?) = error.remedy {
          // The server means all who call it, so the whole host rests.
          await gate.hold(for: min(asked, Self.longestRest))
        }
        if error.remedy == .renewCredentials, !hasRenewed, await authoriser.renew(after: request) {
          hasRenewed = true
          continue
        }
        triesDone += 1
        guard let pause = retry.pause(after: error, triesDone: triesDone, random: pacing.random()) else { throw error }
        try state.wait()
        defer { state.work() }
        try await pacing.sleep(pacing.now().advanced(by: pause))
      }
    }
  }
}
