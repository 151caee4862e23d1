import Foundation
import Postgres
import Support
import Testing

extension Commands {
  @Suite struct `A replay of kept replies` {
    private static let range = "elexon-system-price --from 2024-03-30 --to 2024-04-01"
    private static let values = 142

    /// Lends a state folder and feeds of which elexon-system-price keeps its replies and has a mistake in its volume.
    private func withMistake(
      _ body: (_ shell: (String) async throws -> Outcome, TestDatabase) async throws -> Void
    ) async throws {
      let stage = try await Stage.shared()
      let folder = stage.folder + "/replay-\(UUID().uuidString)"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
      defer { try? FileManager.default.removeItem(atPath: folder) }
      try FileManager.default.copyItem(atPath: TestDatabase.repository + "/feeds", toPath: folder + "/feeds")
      let file = folder + "/feeds/elexon-system-price.yaml"
      let right = try String(contentsOfFile: file, encoding: .utf8) + "archive: on\n"
      try right.replacing("scale: 2 ", with: "scale: -2 ").write(toFile: file, atomically: true, encoding: .utf8)
      try right.write(toFile: folder + "/right.yaml", atomically: true, encoding: .utf8)
      try await TestDatabase.with { database in
        let changes: [String: String?] = [
          "FLUX_DATABASE_URL": database.url, "FLUX_STATE_DIR": folder + "/state", "folder": folder,
        ]
        try await body({ try await stage.shell($0, changes: changes) }, database)
      }
    }

    private func numbers(_ database: TestDatabase, _ sql: String) async throws -> [Int64] {
      try await Connection.with(try database.settings) { connection in
        let reply = try await connection.query(sql)
        return try (0..<reply.columnCount).map { try reply.read(0, $0) }
      }
    }

    @Test func `What a mistake made of them is mended under its own instant, once`() async throws {
      try await withMistake { shell, database in
        let filled = try await shell("\"$flux\" backfill \(Self.range) --feeds $folder/feeds")
        #expect(filled.status == 0, "\(filled.errors)")
        let nothing = try await shell("\"$flux\" replay \(Self.range) --feeds $folder/feeds")
        #expect(nothing.errors.contains("3 replies of elexon-system-price: 0 of 284 values would change"), "\(nothing.errors)")
        _ = try await shell("mv $folder/right.yaml $folder/feeds/elexon-system-price.yaml")

        let dry = try await shell("\"$flux\" replay \(Self.range) --feeds $folder/feeds --dry-run --format json")
        let rows = try dry.rows()
        #expect(dry.status == 0 && rows.count == Self.values, "\(dry.errors)")
        #expect(dry.errors.contains("142 of 284 values would change"), "\(dry.errors)")
        #expect(rows.first?["signal"] as? String == "niv_outturn" && rows.first?["unit"] as? String == "MW")
        #expect(
          rows.allSatisfy { row in
            guard let was = row["was"] as? Double, let becomes = row["becomes"] as? Double else { return false }
            return was == -becomes
          })
        let stored = "SELECT count(*), count(DISTINCT created_at) FROM flux.market_data WHERE type = 101"
        // Each reply was loaded as observed when it had arrived.
        #expect(try await numbers(database, stored) == [Int64(Self.values), 3])

        let loaded = try await shell("\"$flux\" replay \(Self.range) --feeds $folder/feeds")
        #expect(loaded.status == 0 && loaded.errors.contains("142 loaded, 142 unchanged"), "\(loaded.errors)")
        let mended = try await numbers(
          database,
          """
          SELECT count(*), count(*) FILTER (WHERE value = -previous_value
            AND created_at = previous_created_at + interval '1 microsecond')
          FROM flux.market_data_revisions WHERE type = 101 AND revision = 2
          """)
        #expect(mended == [Int64(Self.values), Int64(Self.values)])
        let again = try await shell("\"$flux\" replay \(Self.range) --feeds $folder/feeds")
        #expect(again.status == 0 && again.errors.contains("0 of 284 values would change"), "\(again.errors)")
        #expect(try await numbers(database, stored).first == 2 * Int64(Self.values))
        let source = try await numbers(
          database, "SELECT count(*) FROM flux_ops.load WHERE source = 'replay elexon-system-price'")
        #expect(source == [3])
      }
    }

    @Test func `A damaged reply is named and the others go in; without any it says how to have some`() async throws {
      try await withMistake { shell, database in
        let none = try await shell("\"$flux\" replay \(Self.range)")
        #expect(none.status == 0 && none.output.isEmpty)
        #expect(none.errors.contains("no reply of elexon-system-price is kept of these days; \"archive: on\" in its file"))
        let unknown = try await shell("\"$flux\" replay elexon-system-prize --from 1d")
        #expect(unknown.status == 64 && unknown.errors.contains("did you mean elexon-system-price?"), "\(unknown.errors)")
        let outcome = try await shell(
          """
          "$flux" backfill \(Self.range) --feeds $folder/feeds && mv $folder/right.yaml $folder/feeds/elexon-system-price.yaml
          set -- $folder/state/replies/elexon-system-price/*_20240331T000000Z_*.gz; truncate -s 100 "$1"
          "$flux" replay \(Self.range) --feeds $folder/feeds
          """)
        #expect(outcome.status == 65 && outcome.errors.contains("it breaks off"), "\(outcome.errors)")
        #expect(outcome.errors.contains("96 of 192 values would change, 1 cannot be read"), "\(outcome.errors)")
        #expect(outcome.errors.contains("96 loaded, 96 unchanged"), "\(outcome.errors)")
      }
    }

    @Test func `What its settings cannot mean is refused`() async throws {
      let stage = try await Stage.shared()
      for (name, value) in [("ARCHIVE_LIMIT", "much"), ("ARCHIVE_DAYS", "0")] {
        let outcome = try await stage.run(
          "replay", "elexon-system-price", "--from", "1d", changes: ["FLUX_\(name)": value])
        #expect(outcome.status == 78 && outcome.errors.contains("is \"\(value)\": write a"), "\(outcome.errors)")
      }
    }
  }
}
