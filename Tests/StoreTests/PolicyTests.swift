import Market
import Postgres
import Store
import Support
import Testing

@Suite struct `How long what is kept` {
  @Test func `Every table has three settings, and nothing goes by default`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let policies = try await Policy.read(through: db)
      #expect(Set(policies.map(\.table)) == ["mg_meter_readings", "mg_bess_readings", "market_data"])
      #expect(policies.count == 3 * Policy.Setting.allCases.count)
      #expect(policies.filter { $0.setting == Policy.Setting.keep.rawValue }.allSatisfy { $0.value == "never" })
      let chunk = try #require(policies.first { $0.table == "market_data" && $0.setting == "chunk" })
      #expect(chunk.value == "365 days")
      let hasTimescaleDB = try await Engine.read(through: db).timescaleDB != nil
      #expect(hasTimescaleDB ? chunk.doneBy == "TimescaleDB" : chunk.doneBy.hasPrefix("nobody: "))
    }
  }

  @Test func `Settings change together or not at all`() async throws {
    try await TestDatabase.withConnection { db async throws in
      try await Policy.set([(.chunk, "1 day"), (.keep, "2 years")], of: "readings", through: db)
      func values(_ setting: Policy.Setting) async throws -> [String: String] {
        let ofSetting = try await Policy.read(through: db).filter { $0.setting == setting.rawValue }
        return ofSetting.reduce(into: [:]) { $0[$1.table] = $1.value }
      }
      let kept = ["mg_meter_readings": "2 years", "mg_bess_readings": "2 years", "market_data": "never"]
      #expect(try await values(.keep) == kept)
      let error = await #expect(throws: PolicyRefused.self) {
        try await Policy.set([(.keep, "never"), (.chunk, "soon")], of: "readings", through: db)
      }
      #expect(error?.description.contains("'soon' is no length of time") == true)
      #expect(try await values(.keep) == kept)
      await #expect(throws: PolicyRefused.self) {
        try await Policy.set([(.keep, "1 year")], of: "market_dat", through: db)
      }
    }
  }

  @Test func `Ordinary tables lose what is past its keep, batch by batch, and nothing else`() async throws {
    try await TestDatabase.withConnection { db async throws in
      try await db.execute(
        """
        INSERT INTO flux.mg_bess_readings ("time", device_id)
        SELECT now() - n * interval '1 hour' - interval '1 minute', gen_random_uuid() FROM generate_series(0, 95) n
        """)
      try await Policy.set([(.keep, "2 days")], of: "mg_bess_readings", through: db)
      let done = try await Maintenance.run(batch: 10, through: db)
      let batteries = try #require(done.first { $0.table == "mg_bess_readings" })
      let isOrdinary = try await Engine.read(through: db).timescaleDB == nil
      #expect(batteries.deleted == (isOrdinary ? 48 : 0))
      #expect(batteries.says.contains(isOrdinary ? "deleted" : "TimescaleDB drops chunks"))
      #expect(done.filter { $0.table != "mg_bess_readings" }.allSatisfy { $0.deleted == 0 })
      let left = try await db.query("SELECT count(*) FROM flux.mg_bess_readings").read(0, 0, as: Int64.self)
      #expect(left == 96 - batteries.deleted)
    }
  }

  @Test func `A refresh says what it did`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let now = Instant(
        microseconds: try await db.query("SELECT now()").read(0, 0, as: Timestamp.self).microsecondsSince1970)
      func refresh(days first: Int, _ last: Int) async throws -> Rollups.Refreshed {
        let window = Window(from: now.advanced(by: .hours(24 * first)), to: now.advanced(by: .hours(24 * last)))
        return try await Rollups.refresh(window, through: db)
      }
      let hasTimescaleDB = try await Engine.read(through: db).timescaleDB != nil
      guard hasTimescaleDB else {
        #expect(try await refresh(days: -3, 1) == .views)
        return
      }
      guard case .window(let whole) = try await refresh(days: -3, 1) else {
        Issue.record("nothing was refreshed")
        return
      }
      #expect(whole.from == now.advanced(by: .hours(-72)) && whole.to < now.advanced(by: .minutes(5)))
      #expect(try await refresh(days: 1, 2) == .notYet)
      try await Policy.set([(.keep, "10 days")], of: "mg_meter_readings", through: db)
      guard case .keptOnly = try await refresh(days: -30, -20) else {
        Issue.record("the roll-ups of readings that are gone were not left alone")
        return
      }
    }
  }
}

@Suite struct `What the schema is made of` {
  @Test func `Every large relation is named with its kind, and what the engine has is used`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let shape = try await SchemaShape.read(through: db)
      #expect(shape.relations.map(\.name).prefix(3) == ["mg_meter_readings", "mg_bess_readings", "market_data"])
      try #require(shape.relations.count == 5)
      #expect(shape.conversionsDue.isEmpty)
      let hasTimescaleDB = try await Engine.read(through: db).timescaleDB != nil
      #expect(shape.relations[0].kind == (hasTimescaleDB ? .hypertable(chunks: 0, compressed: 0) : .table))
      #expect(shape.relations[4].kind == (hasTimescaleDB ? .continuousAggregate : .view))
    }
  }

  @Test func `A toolkit that came later is noticed`() async throws {
    try await TestDatabase.withConnection { db async throws in
      try await db.execute(
        """
        CREATE SCHEMA kit;
        CREATE FUNCTION kit.last_of(float8, timestamptz, float8) RETURNS float8 LANGUAGE sql AS 'SELECT $3';
        CREATE AGGREGATE kit.counter_agg(timestamptz, float8) (sfunc = kit.last_of, stype = float8);
        CREATE FUNCTION kit.interpolated_delta(float8, timestamptz, interval, float8, float8) RETURNS float8
          LANGUAGE sql AS 'SELECT $1'
        """)
      let shape = try await SchemaShape.read(through: db)
      #expect(shape.conversionsDue.contains { $0.contains("Toolkit") })
    }
  }
}
