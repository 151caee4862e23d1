import NIOCore

/// What many ask for at once is read once: the answers to `/v1/latest`, for as long as nothing was committed, and a
/// moment at most.
///
/// So the database is asked no more often for a thousand clients than for a few; `as_of` says when it was.
actor LatestAnswers {
  struct Answer: Sendable {
    let tag: EntityTag
    let body: ByteBuffer
  }

  private struct Entry {
    let commits: Int
    let begun: ContinuousClock.Instant
    let answer: Task<Answer, any Error>
  }

  private var entries: [[String]: Entry] = [:]
  private let moment: Duration

  /// Of other questions than these few there is no end.
  private static let mostEntries = 32

  /// - Parameter moment: what of the database changes without a commit of data, such as how its feeds fare, may be so old.
  init(moment: Duration) { self.moment = moment }

  /// - Parameters:
  ///   - commits: how many were heard; nil while they are not.
  /// - Throws: what `read` throws.
  func answer(
    to signals: [String], commits: Int?, read: @escaping @Sendable () async throws -> Answer
  ) async throws -> Answer {
    guard let commits else { return try await read() }
    let now = ContinuousClock.now
    if let known = entries[signals], known.commits == commits, now - known.begun < moment {
      return try await known.answer.value
    }
    if entries.count >= Self.mostEntries { entries = [:] }
    let answer = Task { try await read() }
    entries[signals] = Entry(commits: commits, begun: now, answer: answer)
    do { return try await answer.value } catch {
      // The next one asks again.
      if entries[signals]?.answer == answer { entries[signals] = nil }
      throw error
    }
  }
}
