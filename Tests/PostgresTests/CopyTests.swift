import Postgres
import Support
import Testing

@Suite struct `Rows by COPY` {
  /// A row of one integer; nil is NULL.
  private func rows(_ numbers: [Int32?]) -> [UInt8] {
    var writer = BinaryWriter()
    for number in numbers {
      writer.write(Int16(1))
      guard let number else {
        writer.write(Int32(-1))
        continue
      }
      writer.counted { $0.write(number) }
    }
    return writer.bytes
  }

  private func withTable(_ body: (Connection) async throws -> Void) async throws {
    try await TestDatabase.withConnection(migrated: false) { db async throws in
      try await db.execute("CREATE TABLE t (a integer CHECK (a < 1000000))")
      try await body(db)
    }
  }

  private func count(_ db: Connection) async throws -> Int64 {
    try await db.query("SELECT count(*) FROM t").read(0, 0)
  }

  @Test func `The table takes the rows given, in one piece or in many`() async throws {
    try await withTable { db async throws in
      let few = rows([1, nil, -1])
      #expect(try await db.copy(into: "t (a)", few, 0..<few.count) == 3)
      #expect(try await db.copy(into: "t (a)", few, 10..<few.count) == 2)
      #expect(try await db.copy(into: "t (a)", [], 0..<0) == 0)
      let many = rows((0..<100_000).map(Int32.init))
      #expect(try await db.copy(into: "t (a)", many, 0..<many.count) == 100_000)
      #expect(try await db.query("SELECT sum(a) FROM t").read(0, 0, as: Int64.self) == 4_999_949_999)
      #expect(try await count(db) == 100_005)
    }
  }

  @Test func `What the server refuses leaves nothing, and the connection goes on`() async throws {
    try await withTable { db async throws in
      let bad = rows((0..<50_000).map { $0 == 40_000 ? 1_000_000 : Int32($0) })
      let refused = await #expect(throws: PostgresError.self) { try await db.copy(into: "t (a)", bad, 0..<bad.count) }
      #expect(refused?.sqlState == "23514")
      let broken = await #expect(throws: PostgresError.self) { try await db.copy(into: "t (a)", bad, 0..<7) }
      #expect(broken?.kind == .server)
      let missing = await #expect(throws: PostgresError.self) { try await db.copy(into: "u (a)", bad, 0..<10) }
      #expect(missing?.sqlState == "42P01")
      #expect(try await count(db) == 0)
    }
  }

  @Test func `A task that is cancelled gives it up, and the connection goes on`() async throws {
    try await withTable { db async throws in
      try await db.execute(
        """
        CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END';
        CREATE TRIGGER slow BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION slow()
        """)
      let many = rows((0..<100_000).map(Int32.init))
      let task = Task { try await db.copy(into: "t (a)", many, 0..<many.count) }
      task.cancel()
      let error = await #expect(throws: PostgresError.self) { try await task.value }
      #expect(error?.kind == .cancelled)
      #expect(try await count(db) == 0)
    }
  }
}
