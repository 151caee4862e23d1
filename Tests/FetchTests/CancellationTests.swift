import Fetch
import Market
import Support
import Testing

@Suite struct `Transfers that are given up` {
  @Test func `Cancelling the task closes the connection, and the next request is served`() async throws {
    let server = try LoopbackServer { request, connection in
      if request.path == "/slow" {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
        connection.hold()
      } else {
        connection.reply("{}")
      }
    }
    let fetcher = makeFetcher()
    let request = try get(server.url + "/slow")
    let task = Task { await fetcher.failure(request) }
    #expect(await eventually { server.requests.count == 1 })
    task.cancel()
    let error = try #require(await task.value)
    #expect(error.remedy == .cancelled)
    #expect(error.reason == .cancelled)
    #expect(await eventually { server.closedByClient == 1 })
    #expect(try await fetcher.fetch(get(server.url + "/")).status == 200)
  }

  @Test func `A task that was cancelled before it asked sends nothing`() async throws {
    let server = try LoopbackServer { _, connection in connection.reply("{}") }
    let fetcher = makeFetcher()
    let request = try get(server.url + "/")
    let error = await Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await fetcher.failure(request)
    }.value
    #expect(error?.remedy == .cancelled)
    #expect(server.connections == 0)
  }

  @Test func `A request that waits for a connection is given up at once`() async throws {
    let server = try LoopbackServer { _, connection in connection.hold() }
    let fetcher = makeFetcher(atOncePerHost: 1)
    let (first, second) = (try get(server.url + "/1"), try get(server.url + "/2"))
    let running = Task { await fetcher.failure(first) }
    #expect(await eventually { server.requests.count == 1 })
    let waiting = Task { await fetcher.failure(second) }
    waiting.cancel()
    #expect(await waiting.value?.remedy == .cancelled)
    running.cancel()
    #expect(await running.value?.remedy == .cancelled)
    #expect(server.requests.count == 1)
  }

  @Test func `Five hundred requests cancelled at every moment all end, once each`() async throws {
    let server = try LoopbackServer { _, connection in
      if connection.wait(milliseconds: 1) { connection.reply("{}") }
    }
    let fetcher = makeFetcher()
    let request = try get(server.url + "/")
    let ends = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<500 {
        group.addTask {
          let task = Task { await fetcher.failure(request) }
          for _ in 0..<(number % 50) { await Task.yield() }
          task.cancel()
          let error = await task.value
          return error == nil || error?.remedy == .cancelled
        }
      }
      return await group.reduce(into: [Bool]()) { $0.append($1) }
    }
    #expect(ends.count == 500)
    #expect(ends.allSatisfy { $0 })
    #expect(try await fetcher.fetch(request).status == 200)
  }

  @Test func `Shutting down ends what runs and what waits, and closes every connection`() async throws {
    let server = try LoopbackServer { _, connection in connection.hold() }
    let fetcher = makeFetcher(atOncePerHost: 4)
    let request = try get(server.url + "/")
    let tasks = (0..<20).map { _ in Task { await fetcher.failure(request) } }
    #expect(await eventually { server.requests.count == 4 })
    await fetcher.shutdown()
    for task in tasks { #expect(await task.value?.reason == .shutDown) }
    #expect(await eventually { server.closedByClient == 4 })
    #expect(await fetcher.failure(request)?.reason == .shutDown)
    await fetcher.shutdown()
  }

  @Test func `A fetcher that is let go closes its connections`() async throws {
    let server = try LoopbackServer { _, connection in
      connection.reply("{}")
      _ = connection.wait(milliseconds: 60_000)
    }
    do {
      let fetcher = makeFetcher()
      #expect(try await fetcher.fetch(get(server.url + "/")).status == 200)
    }
    #expect(await eventually { server.closedByClient == 1 })
  }
}
