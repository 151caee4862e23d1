import Decode
import Foundation
import Market
import Postgres
import Support
import Synchronization
import Testing

@testable import Import

/// What an import has told.
final class Told: Sendable {
  private let lines = Mutex<[RefusedLine]>([])

  var setAside: [RefusedLine] { lines.withLock { $0.sorted { $0.line < $1.line } } }
  var observer: ImportObserver {
    ImportObserver(progress: { _, _ in }, setAside: { [self] more in lines.withLock { $0 += more } })
  }
}

@Suite struct `Telemetry to its tables` {
  private static let device = "123e4567-e89b-12d3-a456-426614174000"

  private func load(
    _ text: String, into table: TelemetryTable, of database: TestDatabase, jobs: Int = 1, told: Told = Told()
  ) async throws -> ImportCounts {
    var counts: ImportCounts?
    try await withFolder { folder async throws in
      try text.write(toFile: folder + "/file", atomically: false, encoding: .utf8)
      var loaders: [TelemetryLoader] = []
      for _ in 0..<jobs {
        loaders.append(TelemetryLoader(connection: try await Connection.open(try database.settings), table: table))
      }
      var input = try InputFile.open(folder + "/file")
      counts = try await TelemetryImport(table, loaders: loaders, observer: told.observer).run(&input)
    }
    return try #require(counts)
  }

  private func query(_ sql: String, _ database: TestDatabase) async throws -> [String] {
    try await Connection.with(try database.settings) { db in
      try await db.query(sql, format: .text).map { (rows, row) throws(PostgresError) in
        try rows.readOptional(row, 0) ?? "NULL"
      }
    }
  }

  /// Minutes of two days and of two devices.
  private func readings(_ minutes: Range<Int>, soe: String = "50.5") -> String {
    "time,device_id,soe\n"
      + minutes.map { minute in
        let time = Instant(seconds: 1_717_243_200).advanced(by: .minutes(minute / 2))
        return "\(time),123e4567-e89b-12d3-a456-42661417400\(minute % 2),\(soe)\n"
      }.joined()
  }

  @Test func `Every column of each table takes what the file says, and its default where it says nothing`()
    async throws
  {
    try await TestDatabase.with { database async throws in
      for table in TelemetryTable.allCases {
        let form = table.form
        let declared = try await query(
          """
          SELECT attname || ' ' || format_type(atttypid, NULL) FROM pg_attribute
          WHERE attrelid = 'flux.\(table.rawValue)'::regclass AND attnum > 0 ORDER BY attnum
          """, database)
        let types: [TableForm.Kind: String] = [
          .instant: "timestamp with time zone", .uuid: "uuid", .real: "real", .smallint: "smallint", .text: "text",
          .json: "jsonb", .boolean: "boolean",
        ]
        #expect(form.columns.map { "\($0.name) \(types[$0.kind] ?? "")" } == declared)
        let examples: [TableForm.Kind: String] = [
          .instant: "2024-06-01T12:00:00Z", .uuid: Self.device, .real: "1.5", .smallint: "-3", .text: "name",
          .json: "[1]", .boolean: "false",
        ]
        let all = form.columns.map { examples[$0.kind] ?? "" }.joined(separator: ",")
        let least = form.columns.map { $0.isRequired ? (examples[$0.kind] ?? "").replacing("4000", with: "4001") : "" }
        let header = form.columns.map(\.name).joined(separator: ",")
        let counts = try await load(
          "\(header)\n\(all)\n\(least.joined(separator: ","))\n", into: table, of: database)
        #expect(counts.inserted == 2 && counts.setAside == 0)
        let row = try await query(
          "SELECT t::text FROM flux.\(table.rawValue) t WHERE t::text LIKE '%4000%' AND t::text LIKE '%12:00%'",
          database)
        #expect(row.count == 1)
      }
      let kept = "SELECT concat_ws(' ', name, type, site, metadata, active) FROM flux.mg_device_registry ORDER BY id"
      #expect(try await query(kept, database) == ["name name name [1] f", "name name name t"])
    }
  }

  @Test func `What the table has is counted and stays, and what it lacks goes in`() async throws {
    try await TestDatabase.with { database async throws in
      var counts = try await load(readings(0..<30_000), into: .bessReadings, of: database)
      #expect(counts.inserted == 30_000 && counts.unchanged == 0 && counts.received == 30_000)
      counts = try await load(readings(20_000..<50_000, soe: "1"), into: .bessReadings, of: database)
      #expect(counts.inserted == 20_000 && counts.unchanged == 10_000 && counts.received == 30_000)
      let stored = "SELECT count(*) || ' ' || sum(soe::numeric) FROM flux.mg_bess_readings"
      #expect(try await query(stored, database) == ["50000 1535000.0"])
      // Ids are made where the file has none: each its own, in the form of UUID version 7, and in the order of time.
      let ids = """
        SELECT concat_ws(' ', count(DISTINCT id), bool_and(id::text LIKE '________-____-7___-%'),
          bool_and(id::text ~ '^.{19}[89ab]'), corr(number, row_number)::numeric(2, 1))
        FROM (SELECT id, row_number() OVER (ORDER BY "time", soe), row_number() OVER (ORDER BY id) AS number
          FROM flux.mg_bess_readings) r
        """
      #expect(try await query(ids, database) == ["50000 t t 1.0"])
    }
  }

  @Test(arguments: [1, 4])
  func `A row that a file has twice goes in once, the first one`(_ jobs: Int) async throws {
    try await TestDatabase.with { database async throws in
      let rows = readings(0..<60_000)
      let twice = rows + readings(0..<60_000, soe: "1").split(separator: "\n").dropFirst().joined(separator: "\n")
      let counts = try await load(twice, into: .bessReadings, of: database, jobs: jobs)
      #expect(counts.inserted == 60_000 && counts.unchanged == 60_000 && counts.received == 120_000)
      let near = "time,device_id,soe\n" + [1, 2, 3].map { "2025-01-01T00:00:00Z,\(Self.device),\($0)\n" }.joined()
      #expect(try await load(near, into: .bessReadings, of: database, jobs: jobs).inserted == 1)
      #expect(try await query("SELECT soe FROM flux.mg_bess_readings WHERE time = '2025-01-01Z'", database) == ["1"])
    }
  }

  @Test func `Several imports of the same rows at once add each of them once`() async throws {
    try await TestDatabase.with { database async throws in
      let rows = readings(0..<40_000).split(separator: "\n")
      let backwards = ([rows[0]] + rows.dropFirst().reversed()).joined(separator: "\n")
      let forwards = rows.joined(separator: "\n")
      async let first = load(forwards, into: .bessReadings, of: database, jobs: 2)
      async let second = load(backwards, into: .bessReadings, of: database, jobs: 2)
      let (one, two) = try await (first, second)
      #expect(one.inserted + two.inserted == 40_000 && one.received == 40_000 && two.received == 40_000)
      #expect(try await query("SELECT count(*) FROM flux.mg_bess_readings", database) == ["40000"])
    }
  }

  @Test func `What the database refuses is set aside with its line, and the rest goes in`() async throws {
    try await TestDatabase.with { database async throws in
      try await Connection.with(try database.settings) { db in
        try await db.execute("ALTER TABLE flux.mg_bess_readings ADD CHECK (soe <= 100)")
      }
      let told = Told()
      var lines = readings(0..<3_000).split(separator: "\n").map(String.init)
      for line in [2, 1_500, 3_001] { lines[line - 1] = lines[line - 1].replacing("50.5", with: "101") }
      lines[9] = "x,x,x"
      let counts = try await load(lines.joined(separator: "\n"), into: .bessReadings, of: database, told: told)
      #expect(counts.inserted == 2_996 && counts.setAside == 4 && counts.received == 2_996)
      try #require(told.setAside.map(\.line) == [2, 10, 1_500, 3_001])
      #expect(told.setAside[0].reason.hasPrefix("was refused by the database: "))
      // JSON whose form is right and whose content PostgreSQL does not take.
      let devices = "id,name,type,site,metadata\n\(Self.device),a,bess,x,01\n\(Self.device.dropLast())1,b,bess,x,1\n"
      #expect(try await load(devices, into: .deviceRegistry, of: database, told: told).setAside == 1)
      #expect(try await query("SELECT name FROM flux.mg_device_registry", database) == ["b"])
    }
  }

  @Test func `Where the database refuses everything it is no bad line, and nothing goes in`() async throws {
    try await TestDatabase.with { database async throws in
      try await Connection.with(try database.settings) { db in
        try await db.execute("ALTER TABLE flux.mg_bess_readings ADD CHECK (soe <= 50)")
      }
      let error = await #expect(throws: PostgresError.self) {
        try await load(readings(0..<3_000), into: .bessReadings, of: database)
      }
      #expect(error?.sqlState == "23514")
    }
  }

  @Test func `Compressed chunks take what they lack, and no row is passed over in silence`() async throws {
    try await TestDatabase.with { database async throws in
      let hasChunks = try await query(
        "SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb'", database) == ["1"]
      let half = (0..<20_000).filter { $0 / 2 % 3 != 0 }
      let header = "time,device_id,soe\n"
      let rows = readings(0..<20_000).split(separator: "\n").dropFirst()
      let text = header + half.map { rows[rows.startIndex + $0] }.joined(separator: "\n")
      #expect(try await load(text, into: .bessReadings, of: database).inserted == half.count)
      if hasChunks {
        _ = try await query("SELECT compress_chunk(c) FROM show_chunks('flux.mg_bess_readings') c", database)
      }
      // In the file twice, so that the way for twins is taken too.
      let twice = readings(0..<20_000) + rows.joined(separator: "\n")
      let counts = try await load(twice, into: .bessReadings, of: database)
      #expect(counts.inserted == 20_000 - half.count && counts.received == 40_000)
      #expect(try await query("SELECT count(*) FROM flux.mg_bess_readings", database) == ["20000"])
      #expect(try await load(readings(0..<20_000), into: .bessReadings, of: database).unchanged == 20_000)
    }
  }

  @Test func `Who may write readings can import them, and not devices`() async throws {
    try await TestDatabase.with { database async throws in
      try await Connection.with(try database.settings) { db async throws in
        try await db.execute("SET ROLE flux_telemetry")
        for table in [TelemetryTable.bessReadings, .deviceRegistry] {
          let loader = TelemetryLoader(connection: db, table: table)
          var decoder = TupleDecoder(table.form)
          let text = table == .bessReadings
            ? "time,device_id\n2024-01-01T00:00:00Z,\(Self.device)\n"
            : "id,name,type,site\n\(Self.device),a,b,c\n"
          _ = try decoder.read(Array(text.utf8).span, isLast: true)
          let (tuples, columns) = (decoder.takeTuples(), decoder.columns)
          if table == .bessReadings {
            #expect(try await loader.load(tuples, columns).counts.inserted == 1)
          } else {
            let error = await #expect(throws: PostgresError.self) { try await loader.load(tuples, columns) }
            #expect(error?.sqlState == "42501")
          }
        }
      }
    }
  }
}
