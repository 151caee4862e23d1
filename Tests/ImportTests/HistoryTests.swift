import Decode
import Foundation
import Market
import Postgres
import Store
import Support
import Testing

@testable import Import

@Suite struct `What history wrote, back into a database` {
  private let start = Instant(seconds: 1_717_243_200)

  private func load(
    _ text: String, into database: TestDatabase, told: Told = Told()
  ) async throws -> ImportCounts {
    var counts: ImportCounts?
    try await withFolder { folder async throws in
      try text.write(toFile: folder + "/file", atomically: false, encoding: .utf8)
      counts = try await Connection.with(try database.settings) { db async throws in
        let loader = try await Loader(connection: db, source: "import file")
        let signals = try await SignalTable.read(through: db).signals
        let history = HistoryImport(
          loader: loader, signals: signals, latest: Instant(seconds: 1_800_000_000), observer: told.observer)
        return try await loader.waitingOnce {
          var input = try InputFile.open(folder + "/file")
          return try await history.run(&input)
        }
      }
    }
    return try #require(counts)
  }

  private func contents(of database: TestDatabase) async throws -> [String] {
    try await Connection.with(try database.settings) { db in
      try await db.query(
        """
        SELECT concat_ws(' ', "time", type, float4send(value), coalesce(metadata::text, 'NULL'), created_at)
        FROM flux.market_data ORDER BY "time", type, created_at
        """
      ).map { (rows, row) throws(PostgresError) in try rows.read(row, 0) }
    }
  }

  private func line(
    _ time: Int, _ signal: String, _ value: String, _ observed: Int, _ metadata: String = ""
  ) -> String {
    let cell = metadata.isEmpty ? "" : "\"\(metadata.replacing("\"", with: "\"\""))\""
    let observedAt = start.advanced(by: .microseconds(observed))
    return "\(start.advanced(by: .minutes(30 * time))),\(signal),\(value),\(observedAt),\(cell)\n"
  }

  private let header = "time,signal,value,observed_at,metadata\n"

  @Test func `Every revision comes back with its time, value, metadata and instant, however they lie together`()
    async throws
  {
    var lines: [String] = []
    for time in 0..<50 {
      // Back to the first value, a microsecond apart, metadata that comes, changes and goes under the same value.
      lines.append(line(time, "imbalance_price", "5", 0))
      lines.append(line(time, "imbalance_price", "7", 1))
      lines.append(line(time, "imbalance_price", "5", 2 + time % 3))
      lines.append(line(time, "niv_outturn", "-0", 10 * time))
      lines.append(line(time, "axle_dispatch", "5", 0, #"{"assets": {"b1": "discharge_max"}}"#))
      lines.append(line(time, "axle_dispatch", "5", 4))
      lines.append(line(time, "axle_dispatch", "5", 1_000_000, #"{"assets": {}}"#))
    }
    try await TestDatabase.with { database async throws in
      let counts = try await load(header + lines.joined(), into: database)
      #expect(counts.inserted == 350 && counts.received == 350 && counts.setAside == 0)
      let stored = try await contents(of: database)
      #expect(stored.count == 350)
      let again = try await load(header + lines.joined(), into: database)
      #expect(again.inserted == 0 && again.unchanged == 350)
      // A small file in any order is put in the order of what was learnt.
      try await TestDatabase.with { other async throws in
        #expect(try await load(header + lines.reversed().joined(), into: other).inserted == 350)
        #expect(try await contents(of: other) == stored)
      }
      // No feed was asked.
      let recorded = try await Connection.with(try database.settings) { db in
        try await db.query(
          """
          SELECT (SELECT count(*) FROM flux_ops.coverage),
            (SELECT string_agg(DISTINCT source, ',') FROM flux_ops.load)
          """
        ).map { (rows, row) throws(PostgresError) in
          "\(try rows.read(row, 0, as: Int64.self)) \(try rows.read(row, 1, as: String.self))"
        }
      }
      #expect(recorded == ["0 import file"])
    }
  }

  @Test func `A file larger than what is sorted at once is loaded the same, and must go forward in time`()
    async throws
  {
    let times = 80_000
    func lines(_ range: Range<Int>) -> String {
      range.map { time in
        line(time, "imbalance_price", "\(time)", 0) + line(time, "imbalance_price", "\(time + 1)", 1)
          + line(time, "imbalance_price", "\(time)", 2)
      }.joined()
    }
    try await TestDatabase.with { database async throws in
      let told = Told()
      let counts = try await load(header + lines(0..<times), into: database, told: told)
      #expect(counts.inserted == 3 * times && told.setAside.isEmpty)
      let error = await #expect(throws: OutOfOrder.self) {
        try await load(header + lines(1..<times) + lines(0..<1), into: database)
      }
      #expect(error?.line == 3 * (times - 1) + 2)
    }
  }

  @Test func `A line of an unknown signal, and one that the database refuses, are set aside alone`() async throws {
    try await TestDatabase.with { database async throws in
      let told = Told()
      let text = header + line(0, "imbalance_price", "1", 0) + line(1, "imbalance_prise", "1", 0)
        + line(2, "axle_dispatch", "1", 0, #"{"a": 01}"#) + line(3, "axle_dispatch", "1", 0, "{}")
      let counts = try await load(text, into: database, told: told)
      #expect(counts.inserted == 2 && counts.received == 2 && counts.setAside == 2)
      #expect(told.setAside.map(\.line) == [3, 4])
      #expect(told.setAside.last?.reason.hasPrefix("was refused by the database: ") == true)
    }
  }

  @Test func `A commit that did not wait for the disk is waited for at the end`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let loader = try await Loader(connection: db, source: "test")
      let inside = try await loader.waitingOnce {
        try await db.query("SELECT current_setting('synchronous_commit')").read(0, 0, as: String.self)
      }
      #expect(inside == "off")
      struct Stop: Error {}
      await #expect(throws: Stop.self) { try await loader.waitingOnce { throw Stop() } }
      let after = try await db.query(
        """
        SELECT current_setting('synchronous_commit') = reset_val FROM pg_settings WHERE name = 'synchronous_commit'
        """)
      #expect(try after.read(0, 0, as: Bool.self))
    }
  }
}
