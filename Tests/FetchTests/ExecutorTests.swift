import Fetch
import Glibc
import Support
import Synchronization
import Testing

@Suite struct `Tasks on the fetcher's thread` {
  @Test func `They run where replies arrive, and back in the pool once the fetcher is shut down`() async throws {
    let server = try LoopbackServer { _, connection in connection.reply("{}") }
    let arrivals = Threads()
    let fetcher = makeFetcher(now: {
      arrivals.note()
      return moment
    })
    let tasks = Threads()
    try await withTaskExecutorPreference(fetcher.executor) {
      try await withThrowingTaskGroup { group in
        for number in 0..<100 {
          group.addTask {
            tasks.note()
            _ = try await fetcher.fetch(get(server.url + "/\(number)"))
            tasks.note()
          }
        }
        try await group.waitForAll()
      }
    }
    #expect(arrivals.all.count == 1 && tasks.all == arrivals.all)
    #expect(server.requests.count == 100)

    let later = Threads()
    await withTaskExecutorPreference(fetcher.executor) {
      await fetcher.shutdown()
      await Task.yield()
      later.note()
    }
    #expect(later.all.isDisjoint(with: arrivals.all))
    #expect(await fetcher.failure(try get(server.url + "/"))?.reason == .shutDown)
  }

  @Test func `Transfers go on between the parts of a task that never waits for one`() async throws {
    let server = try LoopbackServer { _, connection in connection.reply("{}") }
    let fetcher = makeFetcher()
    let status = try await withTaskExecutorPreference(fetcher.executor) {
      try await withThrowingTaskGroup(of: Int?.self) { group in
        group.addTask {
          while !Task.isCancelled { await Task.yield() }
          return nil
        }
        group.addTask { try await fetcher.fetch(get(server.url + "/")).status }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
      }
    }
    #expect(status == 200)
  }
}

/// The threads that noted themselves.
private final class Threads: Sendable {
  private let seen = Mutex<Set<pthread_t>>([])

  var all: Set<pthread_t> { seen.withLock { $0 } }

  func note() { _ = seen.withLock { $0.insert(pthread_self()) } }
}
