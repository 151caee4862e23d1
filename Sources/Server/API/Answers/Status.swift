import Hummingbird
import Market
import Postgres
import Store

extension API {
  /// `/v1/status`
  func status(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try Query(request, [], london: london)
    let (feeds, now) = try await pool.lend {
      (try await FeedHealth.read(through: $0), try await $0.now())
    }
    let unwell = feeds.filter { $0.state != .healthy }
    let problem = live.readers.problem
    let reason =
      unwell.isEmpty
      ? problem.map { "the stream does not hear the database: \($0)" }
        ?? (feeds.isEmpty ? "no feed was ever asked" : "all \(feeds.count) feeds are healthy")
      : "\(unwell.count) of \(feeds.count) feeds: "
        + unwell.map { "\($0.feed) is \($0.state == .never ? "not asked yet" : $0.state.rawValue)" }
        .joined(separator: ", ")
    return document { json in
      json.member("as_of", now)
      json.member("simulated", isSimulated)
      json.member("state", unwell.isEmpty && problem == nil ? "healthy" : "degraded")
      json.member("reason", reason)
      json.member("stream") { json in
        json.object { json in
          json.member("listening", problem == nil)
          json.member("clients", live.readers.count)
          json.member("reason", problem)
        }
      }
      json.member("feeds") { $0.array(feeds) { write($1, at: now, to: &$0) } }
    }
  }

  private func write(_ feed: FeedHealth, at now: Instant, to json: inout JSONText) {
    json.object { json in
      json.member("feed", feed.feed)
      json.member("state", feed.state.rawValue)
      json.member("reason", reason(feed))
      json.member("last_attempt_at", feed.lastAttemptAt)
      json.member("last_success_at", feed.lastSuccessAt)
      json.member("age", feed.age)
      json.member("newest_time", feed.newestTime)
      json.member("lag", feed.lag)
      json.member("consecutive_failures", feed.consecutiveFailures)
      json.member("last_error", feed.lastError)
      json.member("next_due_at", feed.nextDueAt)
      json.member("rejects_today", feed.rejectsToday)
      json.member("flags_today", feed.flagsToday)
      json.member("holder", feed.holder)
    }
  }

  private func reason(_ feed: FeedHealth) -> String {
    switch feed.state {
    case .healthy: "its last round succeeded"
    case .failing: feed.lastError ?? "its last round failed"
    case .late: "no collector asks it" + (feed.nextDueAt.map { ", which was due at \($0)" } ?? "")
    case .never: "it has not been asked yet"
    }
  }
}
