import Foundation
import Postgres
import Support
import Testing

extension Commands {
  /// Where the server has not preloaded TimescaleDB the same path leads from ordinary tables to ordinary tables.
  @Suite struct `Moving a database to another engine` {
    private static let hasTimescaleDB = ProcessInfo.processInfo.environment["FLUX_TEST_TIMESCALEDB"] != nil

    @Test func `Every row arrives, the numbers of loads go on, and the roll-ups say the same`() async throws {
      try await convert(old: "off", new: "") { old, new async throws in
        #expect(try await answers(new) == (try await answers(old)))
        try await Connection.with(try new.settings) { db async throws in
          try await db.execute(
            "SELECT flux.insert_market_data_batch(ARRAY[('2024-03-01', 3, 9)]::flux.market_data_input[])")
          let newest = try await db.query(
            """
            SELECT max(id), (SELECT id FROM flux_ops.load ORDER BY xid DESC, id DESC LIMIT 1), count(*)
            FROM flux_ops.load
            """)
          #expect(try newest.read(0, 0, as: Int64.self) == 4 && newest.read(0, 2, as: Int64.self) == 4)
          #expect(try newest.read(0, 1, as: Int64.self) == 4, "a new load is the last in the feed of updates")
        }
      }
    }

    @Test(.enabled(if: hasTimescaleDB, "needs TimescaleDB preloaded: FLUX_TEST_TIMESCALEDB=1 does that"))
    func `Ordinary tables become hypertables, which status had asked for`() async throws {
      let stage = try await Stage.shared()
      try await convert(old: "off", new: "") { old, new async throws in
        let before = try await stage.run("db", "status", changes: ["FLUX_DATABASE_URL": old.url])
        #expect(before.status == 0 && before.output.contains("due: the server has preloaded TimescaleDB"))
        let after = try await stage.run("db", "status", changes: ["FLUX_DATABASE_URL": new.url])
        #expect(after.status == 0 && after.output.contains("hypertable, 2 chunks"), "\(after.output)")
        #expect(after.output.contains("continuous aggregate") && !after.output.contains("due"))
      }
    }

    @Test(.enabled(if: hasTimescaleDB, "needs TimescaleDB preloaded: FLUX_TEST_TIMESCALEDB=1 does that"))
    func `And back`() async throws {
      try await convert(old: "", new: "off") { old, new async throws in
        #expect(try await answers(new) == (try await answers(old)))
      }
    }

    @Test func `A database that has a schema is not written over`() async throws {
      let stage = try await Stage.shared()
      try await TestDatabase.with { old async throws in
        try await TestDatabase.with { new async throws in
          let outcome = try await stage.shell(Self.script, changes: variables(old, new))
          #expect(outcome.status == 65 && outcome.errors.contains("has a schema flux already"))
        }
      }
    }

    private static let script = TestDatabase.repository + #"/scripts/convert "$OLD" "$NEW""#

    private func variables(_ old: TestDatabase, _ new: TestDatabase) -> [String: String?] {
      ["OLD": old.url, "NEW": new.url, "FLUX_MARKET": Stage.program]
    }

    /// Deploys one, fills it, and moves it; `old` and `new` say whether TimescaleDB may be used.
    private func convert(
      old: String, new: String, _ check: (TestDatabase, TestDatabase) async throws -> Void
    ) async throws {
      let stage = try await Stage.shared()
      func options(_ timescale: String) -> String? { timescale.isEmpty ? nil : "-c flux.timescaledb=\(timescale)" }
      try await TestDatabase.with(migrated: false) { first async throws in
        try await TestDatabase.with(migrated: false) { second async throws in
          let deployed = try await stage.run("db", "deploy", first.url, changes: ["PGOPTIONS": options(old)])
          #expect(deployed.status == 0, "\(deployed.errors)")
          try await Connection.with(try first.settings) { db async throws in
            try await db.execute(Self.content)
            // A setting that might have taken the readings and has not: on ordinary tables only `db maintain` does.
            guard old == "off" else { return }
            try await db.execute(
              "SELECT flux_ops.set_policy('mg_meter_readings.keep', k) FROM unnest(ARRAY['1 year', 'never']) k")
          }
          let outcome = try await stage.shell(
            Self.script, changes: variables(first, second).merging(["PGOPTIONS": options(new)]) { $1 })
          try #require(outcome.status == 0, "\(outcome.errors)")
          #expect(outcome.errors.contains("flux.mg_meter_readings: 2880 rows"))
          try await check(first, second)
        }
      }
    }

    /// A day and a half of two meters every 90 s with resets; three revisions of a day of prices; a user's own signal.
    private static let content = """
      INSERT INTO flux.mg_meter_readings ("time", device_id, power_total_active, energy_imported_active)
      SELECT '2024-02-28 12:00+00'::timestamptz + n * interval '90 seconds',
        ('00000000-0000-0000-0000-00000000000' || d)::uuid, n % 7, (n * 5 % 4001) / 8.0
      FROM generate_series(0, 1439) n, generate_series(1, 2) d;
      SELECT flux.add_signal('own', 'MW', 'Of our own');
      DO $$ BEGIN
        FOR r IN 1..3 LOOP
          PERFORM flux.insert_market_data_batch(array_agg(
            ROW('2024-02-29 00:00+00'::timestamptz + n * interval '30 minutes', 3, n * r)::flux.market_data_input))
          FROM generate_series(0, 47) n;
        END LOOP;
      END $$;
      SELECT flux_ops.set_policy('mg_bess_readings.keep', '20 years');
      """

    /// What readers ask, as one text.
    private func answers(_ database: TestDatabase) async throws -> [String] {
      try await Connection.with(try database.settings) { db async throws in
        let reply = try await db.query(
          """
          SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM (
            SELECT time_b, device_id, power_total_active_avg, energy_imported_active_max
            FROM flux.mg_meter_readings_30m_intermediate) t
          UNION ALL SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM flux.get_meter_readings_30m(
            '2024-02-28', '2024-03-01') t
          UNION ALL SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM flux.market_data t
          UNION ALL SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM flux.market_data_types t
          UNION ALL SELECT md5(string_agg(row(id, stored_at, observed_at, inserted)::text, '|' ORDER BY id))
          FROM flux_ops.load
          UNION ALL SELECT string_agg(concat(relation, keep), '|' ORDER BY relation) FROM flux_ops.policy
          """)
        return try reply.map { rows, row in try rows.readOptional(row, 0) ?? "nothing" }
      }
    }
  }
}
