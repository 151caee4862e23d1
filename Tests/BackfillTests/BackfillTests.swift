import Decode
import FeedSupport
import Feeds
import Fetch
import Glibc
import Intake
import Market
import Postgres
import Store
import Support
import Synchronization
import Testing

@testable import Backfill

private func count(_ connection: Connection, _ condition: String = "true") async throws -> Int {
  Int(
    try await connection.query("SELECT count(*) FROM flux.market_data WHERE \(condition)").read(0, 0, as: Int64.self))
}

@Suite struct `A backfill` {
  @Test func `Fills a range with its clock changes, newest days first, and adds nothing again`() async throws {
    let clock = try TestClock(noon)
    try await TestFeeds.simulated(clock) { feeds in
      try await TestDatabase.withConnection { connection in
        let range = try feeds.days("2025-02-27", "2025-11-28")
        let plan = Plan(feed: try feeds.feed("elexon-system-price"), range: range, in: feeds.london)
        let first = try await backfill(plan, feeds, connection).run { _ in }
        let periods = 275 * 48  // 46 and 50 once each
        #expect(first.inserted == 2 * periods && first.received == 2 * periods && first.failures.isEmpty)
        #expect(first.read == 275 && first.loaded == 275 && first.windows == 275)
        #expect(try await count(connection, "type = 3 AND time >= '2025-03-30' AND time < '2025-03-30 23:00Z'") == 46)
        #expect(
          try await count(connection, "type = 3 AND time >= '2025-10-25 23:00Z' AND time < '2025-10-27'") == 50)
        // 26,400 observations went in as two loads, the newer half first.
        let loads = try await connection.query(
          "SELECT min(time), count(*) OVER () FROM flux.market_data GROUP BY xmin ORDER BY min(xmin::text::bigint)")
        #expect(loads.rowCount == 2)
        let oldest = try (0..<loads.rowCount).map { try loads.read($0, 0, as: Timestamp.self).microsecondsSince1970 }
        #expect(oldest == oldest.sorted(by: >))
        clock.advance(by: .hours(1))
        let second = try await backfill(plan, feeds, connection).run { _ in }
        #expect(second.inserted == 0 && second.unchanged == 2 * periods && second.overtaken == 0)
      }
    }
  }

  @Test func `Rows deleted behind its back come back: the table alone decides`() async throws {
    let clock = try TestClock(noon)
    try await TestFeeds.simulated(clock) { feeds in
      try await TestDatabase.withConnection { connection in
        let plan = Plan(
          feed: try feeds.feed("elexon-system-price"), range: try feeds.days("2025-11-01", "2025-11-20"),
          in: feeds.london)
        func run() async throws -> Backfill.Progress {
          clock.advance(by: .hours(1))
          return try await backfill(plan, feeds, connection).run { _ in }
        }
        let all = try await run().inserted
        for gone in ["time = '2025-11-10'", "type = 3 AND time < '2025-11-08'", "true"] {
          let deleted = try await count(connection, gone)
          try await connection.execute("DELETE FROM flux.market_data WHERE \(gone)")
          let again = try await run()
          #expect(deleted > 0 && again.inserted == deleted && again.unchanged == all - deleted)
          #expect(try await count(connection) == all)
        }
      }
    }
  }

  @Test(arguments: [2, 3, 40]) func `Several connections load their parts of the range, and together all of it`(
    count: Int
  ) async throws {
    let clock = try TestClock(noon)
    try await TestFeeds.simulated(clock) { feeds in
      try await TestDatabase.with { database in
        let range = try feeds.days("2025-08-01", "2025-11-20")
        let plan = Plan(feed: try feeds.feed("elexon-system-price"), range: range, in: feeds.london)
        let connection = try await Connection.open(try database.settings)
        var connections = [connection]
        var loaders: [Loader] = []
        for _ in 0..<min(count, 8) {
          connections.append(try await Connection.open(try database.settings))
          loaders.append(try await loader(connections[connections.count - 1]))
        }
        // More of them than days: those without a part have nothing to do.
        let days = count > 8 ? try feeds.days("2025-11-19", "2025-11-20") : range
        let mine = count > 8 ? Plan(feed: plan.feed, range: days, in: feeds.london) : plan
        let first = try await backfill(mine, feeds, loaders: loaders, connection).run { _ in }
        #expect(first.failures.isEmpty && first.loaded == mine.windows.count && first.read == mine.windows.count)
        #expect(first.inserted == 2 * mine.periods)
        clock.advance(by: .hours(1))
        let again = try await backfill(mine, feeds, loaders: loaders, connection).run { _ in }
        #expect(again.inserted == 0 && again.unchanged == first.inserted && again.overtaken == 0)
        for connection in connections { await connection.close() }
      }
    }
  }

  @Test func `Names the windows that failed, newest first, and the others go in`() async throws {
    let london = try TestFeeds.london()
    let server = try LoopbackServer { request, connection in
      switch request.path.suffix(10) {
      case "2025-11-05": connection.reply("gone", status: "404 Not Found", type: "text/plain")
      case "2025-11-08": connection.reply(#"{"data": ["#)
      default: connection.reply(dayOfPrices(request.path, london: london))
      }
    }
    defer { server.stop() }
    let feeds = try TestFeeds(server: server, clock: try TestClock(noon))
    try await TestDatabase.withConnection { connection in
      let plan = Plan(
        feed: try feeds.feed("elexon-system-price"), range: try feeds.days("2025-11-01", "2025-11-10"), in: london)
      let progress = try await backfill(plan, feeds, connection).run { _ in }
      try #require(progress.failures.map(\.window) == [try feeds.days("2025-11-08"), try feeds.days("2025-11-05")])
      #expect(progress.failures[0].error is DecodeError && progress.failures[1].error is FetchError)
      #expect(progress.read == 10 && progress.loaded == 8 && progress.inserted == 8 * 96)
      #expect(try await count(connection) == 8 * 96)
    }
  }

  @Test func `Reads on while a load runs, but not further than the bound`() async throws {
    try await withPrices { feeds, server in
      try await TestDatabase.with { database in
        let range = try feeds.days("2022-01-01", "2025-06-01")
        let plan = Plan(feed: try feeds.feed("elexon-system-price"), range: range, in: feeds.london)
        try await Connection.with(try database.settings) { blocker in
          // Nobody can insert while this lock is held.
          try await blocker.execute("BEGIN; LOCK TABLE flux.market_data IN SHARE MODE")
          let connection = try await Connection.open(try database.settings)
          let ledger = try await Connection.open(try database.settings)
          let filling = try await backfill(plan, feeds, loaders: [try await loader(connection)], ledger)
          async let outcome = filling.run { _ in }
          var before = -1
          while server.requests.count <= WindowQueue.mostWaiting() / 96 { try await Task.sleep(for: .milliseconds(20)) }
          while server.requests.count != before {
            before = server.requests.count
            try await Task.sleep(for: .milliseconds(400))
          }
          // A load is stuck; what waits for it is bounded, and so is the load.
          let bound = 2 * WindowQueue.mostWaiting() / 96 + 12
          #expect(before > WindowQueue.mostWaiting() / 96 && before <= bound, "\(before) of \(bound)")
          try await blocker.execute("ROLLBACK")
          let progress = try await outcome
          #expect(progress.inserted == 2 * range.halfHours && progress.failures.isEmpty)
          await ledger.close()
          await connection.close()
        }
      }
    }
  }

  @Test func `A database lost in its middle ends it; what went in stays, and again completes it`() async throws {
    let london = try TestFeeds.london()
    let isAsked = Mutex(false)
    let lost = Gathered<Int32>()
    let server = try LoopbackServer { request, connection in
      // The older half waits until the database is lost, however long that takes.
      while request.path.suffix(10) < "2024-06-01", lost.items.isEmpty { usleep(5_000) }
      connection.reply(dayOfPrices(request.path, london: london))
    }
    defer { server.stop() }
    let clock = try TestClock(noon)
    let feeds = try TestFeeds(server: server, clock: clock)
    try await TestDatabase.with { database in
      let plan = Plan(
        feed: try feeds.feed("elexon-system-price"), range: try feeds.days("2023-06-01", "2025-06-01"), in: london)
      let settings = try database.settings
      let connection = try await Connection.open(settings)
      let ledger = try await Connection.open(settings)
      let process = await connection.processID
      let error = await #expect(throws: LoadError.self) {
        try await backfill(plan, feeds, loaders: [try await loader(connection)], ledger).run { progress in
          guard progress.loaded > 0, !isAsked.withLock({ was in (was, was = true).0 }) else { return }
          Task {
            try await Connection.with(settings) { try await $0.query("SELECT pg_terminate_backend(\(process), 60000)") }
            lost.add([process])
          }
        }
      }
      #expect(error?.isWorthRetrying == true, "\(String(describing: error))")
      await ledger.close()
      await connection.close()
      try await Connection.with(settings) { connection in
        let before = try await count(connection)
        #expect(before > 0 && before < 732 * 96)
        clock.advance(by: .hours(1))
        let again = try await backfill(plan, feeds, connection).run { _ in }
        #expect(again.inserted == 732 * 96 - before && again.failures.isEmpty)
      }
    }
  }

  @Test func `Cancelling stops it promptly, whatever it waits for`() async throws {
    let london = try TestFeeds.london()
    let server = try LoopbackServer { request, connection in
      if request.path.hasSuffix("2025-11-07") { return connection.hold() }
      connection.reply(dayOfPrices(request.path, london: london))
    }
    defer { server.stop() }
    let feeds = try TestFeeds(server: server, clock: try TestClock(noon))
    try await TestDatabase.withConnection { connection in
      let plan = Plan(
        feed: try feeds.feed("elexon-system-price"), range: try feeds.days("2025-11-01", "2025-11-10"), in: london)
      let filling = try await backfill(plan, feeds, connection)
      let task = Task { try await filling.run { _ in } }
      while server.requests.count < 10 { try await Task.sleep(for: .milliseconds(5)) }
      let begun = ContinuousClock.now
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      // The reply that it waits for is held back for a minute.
      #expect(ContinuousClock.now - begun < .seconds(20))
      // The connection is at rest: nothing of the backfill goes on behind it.
      #expect(try await count(connection) == 0)
    }
  }

  @Test func `A window that somebody else observed later is asked for again`() async throws {
    let london = try TestFeeds.london()
    let clock = try TestClock(noon)
    let asked = Mutex(0)
    let server = try LoopbackServer { request, connection in
      // The source revises the 5th from 5 to 7 after it was asked for the first time.
      let isFirst = request.path.hasSuffix("2025-11-05")
        && asked.withLock { count in
          count += 1
          return count == 1
        }
      connection.reply(dayOfPrices(request.path, price: isFirst ? 5 : 7, london: london))
    }
    defer { server.stop() }
    let feeds = try TestFeeds(server: server, clock: clock)
    try await TestDatabase.withConnection { connection in
      let window = try feeds.days("2025-11-05")
      let loader = try await loader(connection)
      // Another collector's reply to the same question, observed ten minutes later, confirmed what was stored.
      var other = Batch(
        feed: "elexon-system-price", window: window, observedAt: clock.now.advanced(by: .minutes(10)))
      other.observations = [Observation(time: window.from, signal: 3, value: 7)]
      _ = try await loader.load([other])
      let plan = Plan(
        feed: try feeds.feed("elexon-system-price"), range: try feeds.days("2025-11-04", "2025-11-06"), in: london)
      let progress = try await backfill(plan, feeds, loaders: [loader], connection)
        .run { progress in
          if progress.overtaken > 0, progress.windows == 3 { clock.advance(by: .minutes(20)) }
        }
      #expect(progress.overtaken == 1 && progress.windows == 4 && progress.read == 4 && progress.failures.isEmpty)
      #expect(asked.withLock { $0 } == 2)
      let current = try await connection.query(
        "SELECT DISTINCT value FROM flux.market_data_current WHERE type = 3 AND time > '2000-01-01'")
      #expect(current.rowCount == 1)
      #expect(try current.read(0, 0, as: Float.self) == 7)
    }
  }

  @Test func `One that stays overtaken is named after three times`() async throws {
    let london = try TestFeeds.london()
    let clock = try TestClock(noon)
    let server = try LoopbackServer { request, connection in
      connection.reply(dayOfPrices(request.path, london: london))
    }
    defer { server.stop() }
    let feeds = try TestFeeds(server: server, clock: clock)
    try await TestDatabase.withConnection { connection in
      let window = try feeds.days("2025-11-05")
      let loader = try await loader(connection)
      _ = try await loader.load([
        Batch(feed: "elexon-system-price", window: window, observedAt: clock.now.advanced(by: .hours(1)))
      ])
      let plan = Plan(feed: try feeds.feed("elexon-system-price"), range: window, in: london)
      let progress = try await backfill(plan, feeds, loaders: [loader], connection)
        .run { _ in }
      #expect(server.requests.count == 3 && progress.failures.map(\.window) == [window])
      #expect(progress.failures.first?.error is Overtaken)
    }
  }

  @Test(arguments: [208, 209, 418])
  func `Batches of several windows meet the size of a load`(days: Int) async throws {
    let london = try TestFeeds.london()
    let server = try LoopbackServer { request, connection in
      connection.reply(dayOfPrices(request.path, london: london))
    }
    defer { server.stop() }
    let feeds = try TestFeeds(server: server, clock: try TestClock(noon))
    try await TestDatabase.withConnection { connection in
      let last = try #require(SettlementDate("2025-03-01"))
      let range = Window(from: last.advanced(by: 1 - days), through: last, in: london)
      let plan = Plan(feed: try feeds.feed("elexon-system-price"), range: range, in: london)
      let progress = try await backfill(plan, feeds, connection).run { _ in }
      #expect(progress.inserted == 2 * range.halfHours && progress.loaded == days)
      #expect(try await count(connection) == 2 * range.halfHours)
    }
  }

  @Test func `A value that the database refuses is a reject, and all others go in`() async throws {
    let london = try TestFeeds.london()
    let server = try LoopbackServer { request, connection in
      connection.reply(dayOfPrices(request.path, london: london))
    }
    defer { server.stop() }
    let feeds = try TestFeeds(server: server, clock: try TestClock(noon))
    try await TestDatabase.withConnection { connection in
      try await connection.execute(
        """
        ALTER TABLE flux.market_data ADD CONSTRAINT refuses
          CHECK (NOT (time = '2025-11-05 12:00Z' AND type = 3))
        """)
      let plan = Plan(
        feed: try feeds.feed("elexon-system-price"), range: try feeds.days("2025-11-01", "2025-11-10"), in: london)
      let progress = try await backfill(plan, feeds, connection).run { _ in }
      #expect(progress.failures.isEmpty && progress.inserted == 10 * 96 - 1 && progress.loaded == 10)
      #expect(progress.counts.rejected == 1 && progress.rejects.map(\.time) == ["2025-11-05T12:00:00Z"])
    }
  }
}
