import Postgres
import Support
import Testing

@Suite struct `A session with the server` {
  @Test func `A transaction that throws leaves nothing, one that returns leaves all`() async throws {
    struct Stop: Error {}
    try await TestDatabase.withConnection(migrated: false) { db async throws in
      try await db.execute("CREATE TABLE t (a integer)")
      await #expect(throws: Stop.self) {
        try await db.transaction { db in
          try db.execute("INSERT INTO t VALUES (1)")
          throw Stop()
        }
      }
      #expect(try await db.query("SELECT a FROM t").rowCount == 0)
      let inserted = try await db.transaction { db in try db.execute("INSERT INTO t VALUES (1), (2)") }
      #expect(inserted == 2)
      #expect(try await db.query("SELECT a FROM t").rowCount == 2)
    }
  }

  @Test func `An error swallowed inside a transaction is not taken for a commit`() async throws {
    try await TestDatabase.withConnection(migrated: false) { db async throws in
      await #expect(throws: PostgresError.self) {
        try await db.transaction { db in _ = try? db.execute("SELECT 1/0") }
      }
      #expect(try await db.query("SELECT 1").rowCount == 1)
    }
  }

  @Test func `The server's error keeps its SQLSTATE, message, detail and hint, in one line`() async throws {
    try await TestDatabase.withConnection(migrated: false) { db async throws in
      let error = await #expect(throws: PostgresError.self) {
        try await db.execute(
          "DO $$ BEGIN RAISE EXCEPTION 'no such\nthing' USING ERRCODE = 'FX001', DETAIL = 'why', HINT = 'do this'; END $$"
        )
      }
      #expect(error?.kind == .server)
      #expect(error?.sqlState == "FX001")
      #expect(error?.severity == "ERROR")
      #expect(error?.description == "no such thing (SQLSTATE FX001); why; do this")
      let syntax = await #expect(throws: PostgresError.self) { try await db.query("SELECT frmo") }
      #expect(syntax?.position == 8)
      #expect(syntax?.isWorthRetrying == false)
    }
  }

  @Test func `Notices are kept for whoever asks`() async throws {
    try await TestDatabase.withConnection(migrated: false) { db async throws in
      try await db.execute("DROP TABLE IF EXISTS nothing")
      #expect(await db.takeNotices() == ["table \"nothing\" does not exist, skipping"])
      #expect(await db.takeNotices() == [])
    }
  }

  @Test func `A cancelled task cancels its statement at once, and the session goes on`() async throws {
    try await TestDatabase.withConnection(migrated: false) { db async throws in
      let sleeping = Task { _ = try await db.query("SELECT pg_sleep(600)") }
      try await Self.waitUntilRunning("pg_sleep(600)", db.settings)
      let began = ContinuousClock.now
      sleeping.cancel()
      let error = await #expect(throws: PostgresError.self) { try await sleeping.value }
      #expect(error?.kind == .cancelled)
      #expect(ContinuousClock.now - began < .seconds(60))
      #expect(try await db.query("SELECT 7").read(0, 0, as: Int32.self) == 7)
    }
  }

  @Test func `A cancelled transaction is rolled back`() async throws {
    try await TestDatabase.withConnection(migrated: false) { db async throws in
      try await db.execute("CREATE TABLE t (a integer)")
      let loading = Task {
        try await db.transaction { db in
          try db.execute("INSERT INTO t VALUES (1)")
          try db.query("SELECT pg_sleep(61)")
        }
      }
      try await Self.waitUntilRunning("pg_sleep(61)", db.settings)
      loading.cancel()
      let error = await #expect(throws: PostgresError.self) { try await loading.value }
      #expect(error?.kind == .cancelled)
      #expect(try await db.query("SELECT a FROM t").rowCount == 0)
    }
  }

  @Test func `A statement limit ends a statement with an error worth a retry`() async throws {
    try await TestDatabase.with(migrated: false) { database async throws in
      var settings = try database.settings
      settings.statementTimeout = .milliseconds(30)
      let error = await #expect(throws: PostgresError.self) {
        try await Connection.with(settings) { db in _ = try await db.query("SELECT pg_sleep(60)") }
      }
      #expect(error?.sqlState == "57014")
      #expect(error?.isWorthRetrying == true)
    }
  }

  @Test func `A session ended by the server is lost, and says so`() async throws {
    try await TestDatabase.with(migrated: false) { database async throws in
      let victim = try await Connection.open(try database.settings)
      let process = await victim.processID
      try await Connection.with(try database.settings) { other in
        _ = try await other.query("SELECT pg_terminate_backend($1, 5000)", [.value(process)])
      }
      let error = await #expect(throws: PostgresError.self) { try await victim.query("SELECT 1") }
      #expect(error?.kind == .lost)
      #expect(error?.isWorthRetrying == true)
      #expect(await victim.isOpen == false)
      await victim.close()
      let closed = await #expect(throws: PostgresError.self) { try await victim.query("SELECT 1") }
      #expect(closed?.kind == .closed)
    }
  }

  @Test func `Eight sessions work at once, and Swift's pool goes on meanwhile`() async throws {
    try await TestDatabase.with(migrated: false) { database async throws in
      var limited = try database.settings
      limited.statementTimeout = .seconds(60)
      let settings = limited
      try await Connection.with(settings) { db in _ = try await db.execute("CREATE TABLE arrived ()") }
      let sums = try await withThrowingTaskGroup(of: Int64.self) { group in
        for number in 1...8 {
          group.addTask {
            try await Connection.with(settings) { db in
              // Each waits for all the others, which one after the other would be for ever.
              try await db.execute(
                """
                DO $$ BEGIN
                  INSERT INTO arrived DEFAULT VALUES;
                  COMMIT;
                  WHILE (SELECT count(*) FROM arrived) < 8 LOOP PERFORM pg_sleep(0.01); END LOOP;
                END $$
                """)
              return try await db.query("SELECT sum(i) FROM generate_series(1, $1) i", [.value(Int32(number * 1_000))])
                .read(0, 0)
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let expected = (1...8).map { (number: Int64) -> Int64 in number * 1_000 * (number * 1_000 + 1) / 2 }
      #expect(sums.sorted() == expected)
    }
  }

  @Test func `COPY through query() is refused and leaves the session usable`() async throws {
    try await TestDatabase.withConnection(migrated: false) { db async throws in
      try await db.execute("CREATE TABLE t (a integer)")
      await #expect(throws: PostgresError.self) { try await db.execute("COPY t FROM STDIN") }
      await #expect(throws: PostgresError.self) { try await db.execute("COPY (SELECT 1) TO STDOUT") }
      #expect(try await db.query("SELECT 7").read(0, 0, as: Int32.self) == 7)
    }
  }

  /// Waits until the server runs a statement with this text.
  static func waitUntilRunning(_ text: String, _ settings: ConnectionSettings) async throws {
    try await Connection.with(settings) { db in
      while try await db.query(
        "SELECT FROM pg_stat_activity WHERE query LIKE '%' || $1 || '%' AND state = 'active' AND pid <> pg_backend_pid()",
        [.value(text)]
      ).rowCount == 0 { await Task.yield() }
    }
  }
}

@Suite struct `Rows in pieces` {
  @Test(arguments: [0, 1, 9, 10, 11, 20, 25]) func `Every row comes once and in order`(count: Int32) async throws {
    try await TestDatabase.withConnection(migrated: false) { db async throws in
      let seen = Gathered<Int32>()
      try await db.stream("SELECT i FROM generate_series(1, $1) i", [.value(count)], rows: 10) { rows in
        #expect(rows.rowCount <= 10)
        seen.add(try rows.map { rows, row in try rows.read(row, 0, as: Int32.self) })
      }
      #expect(seen.items == (count == 0 ? [] : Array(1...count)))
    }
  }

  @Test func `A body that throws ends the reading and leaves the session usable`() async throws {
    struct Enough: Error {}
    try await TestDatabase.withConnection(migrated: false) { db async throws in
      await #expect(throws: Enough.self) {
        try await db.stream("SELECT i FROM generate_series(1, 1000000) i", rows: 10) { _ in throw Enough() }
      }
      #expect(try await db.query("SELECT 7").read(0, 0, as: Int32.self) == 7)
    }
  }
}
