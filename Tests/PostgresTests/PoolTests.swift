import Postgres
import Support
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A pool of connections` {
  private func processes(_ pool: ConnectionPool, _ count: Int) async throws -> Set<Int32> {
    try await withThrowingTaskGroup(of: Int32.self) { group in
      for _ in 0..<count { group.addTask { try await pool.lend { await $0.processID } } }
      return try await group.reduce(into: []) { $0.insert($1) }
    }
  }

  @Test func `A connection is opened when it is needed and used again`() async throws {
    try await TestDatabase.with(migrated: false) { database in
      let pool = ConnectionPool(try database.settings, size: 3)
      let first = try await pool.lend { await $0.processID }
      #expect(try await pool.lend { await $0.processID } == first)
      let inner = try await pool.lend { one async throws in
        let own = await one.processID
        let other = try await pool.lend { await $0.processID }
        return [own, other]
      }
      #expect(inner[0] == first && inner[1] != first)
      #expect(try await processes(pool, 20).count <= 3)
      #expect(await pool.lentCount == 0)
      await pool.close()
      let closed = await #expect(throws: PostgresError.self) { try await pool.lend { _ in } }
      #expect(closed?.kind == .closed)
    }
  }

  @Test func `Who finds all lent waits a while, in a line that is not endless`() async throws {
    try await TestDatabase.with(migrated: false) { database in
      let isPatient = Atomic(true)
      let pool = ConnectionPool(try database.settings, size: 1, longestLine: 1) { _ in
        if isPatient.load(ordering: .relaxed) { try await Task.sleep(for: .seconds(3_600)) }
      }
      let (holds, letGo) = AsyncStream.makeStream(of: Void.self)
      let (starts, started) = AsyncStream.makeStream(of: Void.self)
      let holder = Task {
        try await pool.lend { _ async throws in
          started.yield()
          for await _ in holds { return }
        }
      }
      for await _ in starts { break }
      let waiting = Task { try await pool.lend { await $0.isOpen } }
      while await pool.waitingCount == 0 { try await Task.sleep(for: .milliseconds(1)) }
      await #expect(throws: PoolExhausted.self) { try await pool.lend { _ in } }
      waiting.cancel()
      await #expect(throws: CancellationError.self) { try await waiting.value }
      isPatient.store(false, ordering: .relaxed)
      await #expect(throws: PoolExhausted.self) { try await pool.lend { _ in } }
      isPatient.store(true, ordering: .relaxed)
      let next = Task { try await pool.lend { await $0.isOpen } }
      while await pool.waitingCount == 0 { try await Task.sleep(for: .milliseconds(1)) }
      letGo.yield()
      #expect(try await next.value)
      try await holder.value
      #expect(await pool.lentCount == 0)
      await pool.close()
    }
  }

  @Test func `One that was lost or left inside a transaction is not lent again`() async throws {
    try await TestDatabase.with(migrated: false) { database in
      let settings = try database.settings
      let pool = ConnectionPool(settings, size: 2)
      let first = try await pool.lend { connection async throws in
        try await connection.execute("BEGIN")
        return await connection.processID
      }
      let second = try await pool.lend { await $0.processID }
      #expect(second != first)
      await #expect(throws: PostgresError.self) {
        try await pool.lend { connection async throws in
          let process = await connection.processID
          try await Connection.with(settings) { try await $0.query("SELECT pg_terminate_backend($1, 5000)", [.value(process)]) }
          try await connection.query("SELECT 1")
        }
      }
      #expect(try await pool.lend { try await $0.query("SELECT 1").rowCount } == 1)
      await pool.close()
    }
  }
}
