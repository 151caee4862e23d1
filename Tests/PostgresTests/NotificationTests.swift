import Postgres
import Support
import Testing

@Suite struct `A session that listens` {
  @Test func `What others notify comes at their commit, in order, and nothing before it`() async throws {
    try await TestDatabase.with(migrated: false) { database in
      let settings = try database.settings
      try await Connection.with(settings) { listener async throws in
        try await listener.execute("LISTEN prices")
        try await Connection.with(settings) { sender async throws in
          try await sender.execute("BEGIN; NOTIFY prices, 'first'; NOTIFY prices, 'second'; NOTIFY other, 'not ours'")
          #expect(try await listener.notifications(within: .milliseconds(1)) == [])
          try await sender.execute("COMMIT")
          let come = try await listener.notifications(within: .seconds(60))
          #expect(come.map(\.channel) == ["prices", "prices"] && come.map(\.payload) == ["first", "second"])
          // One that arrives beside a statement's reply is kept until it is asked for.
          try await sender.execute("NOTIFY prices")
          try await listener.query("SELECT 1")
          #expect(try await listener.notifications(within: .seconds(60)).map(\.payload) == [""])
        }
      }
    }
  }

  @Test func `A server that is gone ends the waiting, and so does a cancelled task`() async throws {
    try await TestDatabase.with(migrated: false) { database in
      let settings = try database.settings
      try await Connection.with(settings) { listener async throws in
        try await listener.execute("LISTEN prices")
        let waiting = Task { try await listener.notifications(within: .seconds(600)) }
        waiting.cancel()
        let cancelled = await #expect(throws: PostgresError.self) { try await waiting.value }
        #expect(cancelled?.kind == .cancelled)

        let process = await listener.processID
        let abandoned = Task { try await listener.notifications(within: .seconds(600)) }
        try await Connection.with(settings) { try await $0.query("SELECT pg_terminate_backend($1)", [.value(process)]) }
        let lost = await #expect(throws: PostgresError.self) { try await abandoned.value }
        #expect(lost?.kind == .lost)
        #expect(await !listener.isOpen)
      }
    }
  }
}
