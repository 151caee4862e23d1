import Foundation
import GRDB
import Market
import Spool
import Testing

extension Commands {
  /// None of them needs the database, and none starts one.
  @Suite struct `What waits for the database` {
    private let start = Instant(seconds: 1_774_742_400)

    private func batch(_ number: Int, of feed: String = "elexon-system-price") -> Batch {
      var batch = Batch(feed: feed, window: nil, observedAt: start.advanced(by: .seconds(number)))
      batch.observations = [
        Observation(time: start.advanced(by: .minutes(30)), signal: 3, value: 94.14),
        Observation(time: start, signal: 1_001, value: -Float(number)),
      ]
      return batch
    }

    /// A state folder with a spool of two feeds, ids 1 to 4, of which 2 was set aside.
    private func withSpool(_ body: (Stage, String, [String: String?]) async throws -> Void) async throws {
      let stage = try await Stage.shared()
      let state = stage.folder + "/state-\(UUID().uuidString)"
      try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
      do {
        let spool = try await Spool.open(folder: state + "/spool", now: { [start] in start.advanced(by: .hours(1)) })
        for number in 1...3 { try await spool.append(batch(number)) }
        try await spool.append(batch(4, of: "modo-niv-live"))
        try await spool.setAside(2, reason: "the database refused it")
      }
      try await body(stage, state, ["FLUX_STATE_DIR": state, "FLUX_DATABASE_URL": nil])
      #expect(try FileManager.default.contentsOfDirectory(atPath: state) == ["spool"])
      try FileManager.default.removeItem(atPath: state)
    }

    @Test func `Nothing was ever spooled`() async throws {
      let stage = try await Stage.shared()
      let state = stage.folder + "/state-without"
      let changes: [String: String?] = ["FLUX_STATE_DIR": state]
      let status = try await stage.run("spool", "--format", "csv", changes: changes)
      #expect(status.status == 0)
      #expect(status.lines.dropFirst() == ["all that waits,,0,0,,,0,1073741824", "set aside,,0,0,,,,"])
      #expect(try await stage.run("spool", "verify", changes: changes).errors == "0 records: nothing is damaged\n")
      #expect(try await stage.run("spool", "export", changes: changes).errors == "nothing waits\n")
      let drop = try await stage.run("spool", "drop", "--before", "today", "--format", "json", changes: changes)
      #expect(try drop.rows().first?["dropped_batches"] as? Int == 0)
      #expect(try await stage.run("spool", "retry-aside", changes: changes).output == "0 records will be tried again\n")
      #expect(!FileManager.default.fileExists(atPath: state))
    }

    @Test func `The status names what waits by feed, and what was set aside with the reason`() async throws {
      try await withSpool { stage, _, changes in
        let status = try await stage.run("spool", "status", "--format", "json", changes: changes)
        let rows = try status.rows()
        try #require(status.status == 0 && rows.count == 4, "\(status.output)")
        #expect(rows[0]["batches"] as? Int == 3 && rows[0]["observations"] as? Int == 6)
        #expect(rows[0]["oldest"] as? String == "2026-03-29T00:00:01Z")
        #expect(rows[0]["limit"] as? Int == 1 << 30 && (rows[0]["bytes"] as? Int ?? 0) > 0)
        #expect(rows[1]["feed"] as? String == "elexon-system-price" && rows[1]["batches"] as? Int == 2)
        #expect(rows[2]["feed"] as? String == "modo-niv-live" && rows[2]["batches"] as? Int == 1)
        #expect(rows[3]["what"] as? String == "set aside" && rows[3]["batches"] as? Int == 1)
        let aside = try await stage.run("spool", "status", "--set-aside", "--format", "csv", changes: changes)
        #expect(
          aside.lines.dropFirst() == [
            "2,elexon-system-price,2026-03-29T00:00:02Z,2,2026-03-29T01:00:00Z,the database refused it"
          ])
        let retry = try await stage.run("spool", "retry-aside", "2", changes: changes)
        #expect(retry.output == "1 record will be tried again\n")
        let after = try await stage.run("spool", "status", "--set-aside", changes: changes)
        #expect(after.output == "" && after.errors == "nothing was set aside\n")
      }
    }

    @Test func `Every observation that waits is exported, to standard output or a file`() async throws {
      try await withSpool { stage, state, changes in
        let lines = try await stage.run("spool", "export", changes: changes)
        #expect(lines.lines.count == 6)
        #expect(
          lines.lines.first == #"{"feed": "elexon-system-price", "observed_at": "2026-03-29T00:00:01Z", "#
            + #""time": "2026-03-29T00:30:00Z", "signal": 3, "name": "imbalance_price", "value": 94.14, "#
            + #""metadata": null}"#)
        let file = stage.folder + "/waiting.csv"
        let toFile = try await stage.run(
          "spool", "export", "-o", file, "--format", "csv", "--set-aside", changes: changes)
        #expect(toFile.status == 0 && toFile.output == "")
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        #expect(attributes[.posixPermissions] as? Int == 0o600, "as private as the spool")
        #expect(
          try String(contentsOfFile: file, encoding: .utf8) == """
            feed,observed_at,time,signal,name,value,metadata
            elexon-system-price,2026-03-29T00:00:02Z,2026-03-29T00:30:00Z,3,imbalance_price,94.14,
            elexon-system-price,2026-03-29T00:00:02Z,2026-03-29T00:00:00Z,1001,,-2,

            """)
        let nowhere = try await stage.run("spool", "export", "-o", "/nonexistent/file", changes: changes)
        #expect(nowhere.status == 73 && nowhere.complaints.count == 1)
      }
    }

    @Test func `What was observed before an instant is dropped; at a terminal not without --yes`() async throws {
      try await withSpool { stage, _, changes in
        let words = "spool drop --before 2026-03-29T00:00:02Z --format csv"
        let asked = try await stage.shell("script -qec \"$flux \(words)\" /dev/null </dev/null", changes: changes)
        #expect(asked.status == 64, "\(asked.output)")
        #expect(asked.output.contains("remove 1 batch of 2 observations"))
        let dropped = try await stage.shell(
          "script -qec \"$flux \(words) --yes\" /dev/null </dev/null", changes: changes)
        #expect(dropped.status == 0 && dropped.output.contains("1,2,2026-03-29T00:00:01Z"), "\(dropped.output)")
        let aside = try await stage.run(
          "spool", "drop", "--before", "2026-04-01", "--set-aside", "--format", "csv", changes: changes)
        #expect(aside.lines.dropFirst() == ["1,2,2026-03-29T00:00:02Z"])
        #expect(try await stage.run("spool", "export", changes: changes).lines.count == 4)
      }
    }

    @Test func `A damaged record, a damaged file, and a spool of a later program`() async throws {
      try await withSpool { stage, state, changes in
        let sound = try await stage.run("spool", "verify", changes: changes)
        #expect(sound.status == 0 && sound.output == "" && sound.errors == "4 records: nothing is damaged\n")
        func damage(_ statement: String) throws {
          try DatabaseQueue(path: state + "/spool/spool.sqlite").inDatabase { try $0.execute(sql: statement) }
        }
        try damage("UPDATE batch SET checksum = 0 WHERE id = 3")
        let record = try await stage.run("spool", "verify", "--format", "json", changes: changes)
        #expect(record.status == 65)
        #expect(try record.rows().map { $0["id"] as? Int } == [3])
        #expect((try record.rows().first?["fault"] as? String)?.contains("the checksum differs") == true)
        let export = try await stage.run("spool", "export", changes: changes)
        #expect(export.status == 65 && export.lines.count == 4)
        #expect(export.errors.hasPrefix("record 3 of elexon-system-price: its bytes"))
        try damage("PRAGMA user_version = 9")
        let newer = try await stage.run("spool", changes: changes)
        #expect(newer.status == 78 && newer.errors.contains("written by a later flux-market"), "\(newer.errors)")
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: state + "/spool/spool.sqlite"))
        try file.write(contentsOf: Data(count: 4_096))
        try file.close()
        let damaged = try await stage.run("spool", "verify", changes: changes)
        #expect(damaged.status == 65 && damaged.complaints.count == 1, "\(damaged.errors)")
      }
    }
  }
}
