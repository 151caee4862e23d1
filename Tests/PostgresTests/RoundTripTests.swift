import Postgres
import Support
import Testing

@Suite struct `Values through the server and back` {
  /// What `$1::type` gives back, and the server's text of it.
  private func roundTrip<T: BinaryValue & Equatable>(
    _ values: [T?], _ type: String, _ connection: Connection
  ) async throws -> [String?] {
    var texts: [String?] = []
    for value in values {
      let reply = try await connection.query("SELECT $1::\(type), $1::\(type)::text", [.value(value)])
      #expect(try reply.readOptional(0, 0, as: T.self) == value)
      texts.append(try reply.readOptional(0, 1))
    }
    return texts
  }

  @Test func `Every type comes back as it went, NULL included`() async throws {
    try await TestDatabase.withConnection(migrated: false) { db async throws in
      #expect(
        try await roundTrip([0, -1, .max, .min, nil] as [Int32?], "integer", db)
          == ["0", "-1", "2147483647", "-2147483648", nil])
      #expect(
        try await roundTrip([.max, .min] as [Int64?], "bigint", db)
          == ["9223372036854775807", "-9223372036854775808"])
      #expect(
        try await roundTrip([0.1, -185.33, .infinity] as [Float?], "real", db) == ["0.1", "-185.33", "Infinity"])
      #expect(try await roundTrip([0.1, -0.0, 1e300] as [Double?], "float8", db) == ["0.1", "-0", "1e+300"])
      #expect(try await roundTrip([true, false, nil] as [Bool?], "boolean", db) == ["true", "false", nil])
      #expect(
        try await roundTrip(["", "£/MWh", "line\nbreak '\"\\", nil], "text", db)
          == ["", "£/MWh", "line\nbreak '\"\\", nil])
      #expect(try await roundTrip([[], [0, 255, 10]] as [[UInt8]?], "bytea", db) == ["\\x", "\\x00ff0a"])
      #expect(try await roundTrip([JSONB("{\"a\": 1}"), nil], "jsonb", db) == ["{\"a\": 1}", nil])
    }
  }

  @Test func `A timestamp keeps its microsecond, before 1970 and at the ends of time too`() async throws {
    try await TestDatabase.withConnection(migrated: false) { db async throws in
      let moment = Timestamp(microsecondsSince1970: 1_774_746_123_456_789)
      #expect(
        try await roundTrip(
          [moment, Timestamp(microseconds: 0), Timestamp(microsecondsSince1970: -1), .infinity, .negativeInfinity],
          "timestamptz", db)
          == [
            "2026-03-29 01:02:03.456789+00", "2000-01-01 00:00:00+00", "1969-12-31 23:59:59.999999+00", "infinity",
            "-infinity",
          ])
      #expect(!Timestamp.infinity.isFinite && moment.isFinite)
      #expect(
        try await roundTrip([Interval(months: 1, days: -2, microseconds: 3_000_001)], "interval", db)
          == ["1 mon -2 days +00:00:03.000001"])
    }
  }

  @Test func `Arrays keep their order, NULLs and emptiness`() async throws {
    try await TestDatabase.withConnection(migrated: false) { db async throws in
      func text(_ parameter: Parameter, _ type: String) async throws -> String {
        try await db.query("SELECT $1::\(type)[]::text", [parameter]).read(0, 0)
      }
      #expect(try await text(.array(["a", nil, "b,c"]), "text") == "{a,NULL,\"b,c\"}")
      #expect(try await text(.array([3, 1, 2] as [Int32]), "integer") == "{3,1,2}")
      #expect(try await text(.array([] as [Int32]), "integer") == "{}")
      #expect(
        try await text(.array([Timestamp(microseconds: 1), nil]), "timestamptz")
          == "{\"2000-01-01 00:00:00.000001+00\",NULL}")
      #expect(try await text(.array([JSONB("{}"), nil]), "jsonb") == "{\"{}\",NULL}")
      #expect(try await text(.array([Interval(microseconds: 60_000_000), nil]), "interval") == "{00:01:00,NULL}")
    }
  }

  @Test func `A column read as another type is an error that names it`() async throws {
    try await TestDatabase.withConnection(migrated: false) { db async throws in
      let reply = try await db.query("SELECT 1::numeric AS price, NULL::integer AS nothing")
      let wrong = #expect(throws: PostgresError.self) { try reply.read(0, 0, as: Double.self) }
      #expect(wrong?.description.contains("price") == true)
      let null = #expect(throws: PostgresError.self) { try reply.read(0, 1, as: Int32.self) }
      #expect(null?.description == "column nothing is NULL in row 1")
    }
  }
}

@Suite struct `Arrays of records on the wire` {
  struct Row: Equatable, Sendable {
    let time: Int64
    let type: Int32
    let value: Float
  }

  @Test(arguments: [0, 1, 2, 1_000]) func `Our bytes are the server's own`(count: Int) async throws {
    try await TestDatabase.withConnection(migrated: false) { db async throws in
      try await db.execute("CREATE TYPE reading AS (\"time\" timestamptz, type integer, value real)")
      let array = try CompositeArray(try await db.compositeType(named: "public.reading"))
      let rows = (0..<count).map { Row(time: Int64($0) * 1_800_000_001 - 7, type: Int32($0), value: Float($0) / 3) }
      let parameter = array.encode(count: count) { add in
        for row in rows { add(row.time, row.type, row.value) }
      }
      #expect(parameter.bytes?.count == (count == 0 ? 12 : 20 + 48 * count))
      let echoed = try await db.query("SELECT $1::reading[]", [parameter])
      #expect(echoed.withBytes(0, 0) { $0.map(Array.init) } == parameter.bytes)
      let reply = try await db.query(
        "SELECT \"time\", type, value FROM unnest($1::reading[]) WITH ORDINALITY ORDER BY ordinality", [parameter])
      let back = try reply.map { rows, row in
        Row(
          time: try rows.read(row, 0, as: Timestamp.self).microseconds, type: try rows.read(row, 1),
          value: try rows.read(row, 2))
      }
      #expect(back == rows)
    }
  }

  @Test func `A type of another shape is refused before anything is sent`() async throws {
    try await TestDatabase.withConnection(migrated: false) { db async throws in
      try await db.execute("CREATE TYPE other AS (a integer, b integer)")
      let type = try await db.compositeType(named: "other")
      #expect(throws: PostgresError.self) { try CompositeArray(type) }
      let missing = await #expect(throws: PostgresError.self) { try await db.compositeType(named: "flux.nothing") }
      #expect(missing?.sqlState == "3F000")
    }
  }
}
