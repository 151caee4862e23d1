import Foundation
import Postgres
import Support
import Testing

extension Commands {
  @Suite struct `History in all its forms` {
    /// Lends a database of three days about the clock change of 27 October 2024, each half hour revised an hour after
    /// it was first known.
    private func withDays(
      _ body: (_ shell: (String) async throws -> Outcome) async throws -> Void
    ) async throws {
      let stage = try await Stage.shared()
      try await TestDatabase.with { database async throws in
        try await Connection.with(try database.settings) { db async throws in
          try await db.execute(
            """
            SELECT flux.insert_market_data_batch(ARRAY(
              SELECT (t, s, 60 * sin(extract(epoch FROM t) / 13000) - 0.1 * s + r)::flux.market_data_input
              FROM generate_series('2024-10-25 23:00Z'::timestamptz, '2024-10-28 23:30Z', interval '30 minutes') t,
                unnest(ARRAY[3, 101]) s), '2024-10-29Z'::timestamptz + r * interval '1 hour')
            FROM generate_series(0, 1) r
            """)
        }
        try await body { try await stage.shell($0, changes: ["FLUX_DATABASE_URL": database.url]) }
      }
    }

    private static let days = "--from 2024-10-26 --to 2024-10-28"

    @Test func `A value is printed as it was first, as it was known, as it is, and with every revision`() async throws {
      try await withDays { shell in
        func values(_ more: String) async throws -> [[String]] {
          let outcome = try await shell(
            "$flux history imbalance_price --from 2024-10-27 --to 2024-10-27 --format csv \(more)")
          #expect(outcome.status == 0, "\(outcome.errors)")
          return outcome.cells
        }
        let current = try await values("")
        #expect(current.count == 50)
        #expect(current.allSatisfy { $0.dropFirst(6).first == "2024-10-29T01:00:00Z" })
        let first = try await values("--first-release")
        #expect(first.allSatisfy { $0.dropFirst(6).first == "2024-10-29T00:00:00Z" })
        #expect(try await values("--as-of 2024-10-29T00:59:59Z") == first)
        #expect(try await values("--as-of 2024-10-29T01:00:00Z") == current)
        #expect(try await values("--as-of-lead 20m").isEmpty)
        // Of the last hour the first version was known 25 hours later, and of all hours the second one after 50.
        #expect(try await values("--as-of-lead -25h") == first.suffix(2))
        #expect(try await values("--as-of-lead=-50h") == current)
        let revisions = try await values("--revisions")
        try #require(revisions.count == 100 && revisions.allSatisfy { $0.count == 11 })
        #expect(revisions.prefix(2).map { $0[4] } == ["1", "2"])
        #expect(revisions[0].suffix(2) == ["", ""])
        #expect(revisions[1].suffix(2) == [revisions[0][5], "2024-10-29T00:00:00Z"])
      }
    }

    @Test func `Vintages are the instants at which something was learnt`() async throws {
      try await withDays { shell in
        let vintages = try await shell("$flux history imbalance_price niv_outturn \(Self.days) --vintages --format csv")
        #expect(
          vintages.lines == [
            "observed_at,new,revised,first_time,last_time",
            "2024-10-29T00:00:00Z,292,0,2024-10-25T23:00:00Z,2024-10-28T23:30:00Z",
            "2024-10-29T01:00:00Z,0,292,2024-10-25T23:00:00Z,2024-10-28T23:30:00Z",
          ])
      }
    }

    @Test func `Several signals come one below the other or side by side, as values or as means`() async throws {
      try await withDays { shell in
        let long = try await shell("$flux history niv_outturn imbalance_price \(Self.days) --format csv")
        let values = long.column(4)
        try #require(values.count == 2 * 146)
        #expect(long.column(3).prefix(2) == ["niv_outturn", "imbalance_price"])
        let wide = try await shell("$flux history niv_outturn imbalance_price \(Self.days) --wide --format csv")
        #expect(wide.lines.first == "time,date,period,niv_outturn,imbalance_price")
        #expect(wide.column(3) == stride(from: 0, to: 292, by: 2).map { values[$0] })
        let days = try await shell("$flux history imbalance_price \(Self.days) --every settlement-day --format csv")
        #expect(days.lines.first == "time,date,period,signal,mean,unit,count,min,max")
        #expect(days.column(1) == ["2024-10-26", "2024-10-27", "2024-10-28"])
        #expect(days.column(6) == ["48", "50", "48"])
        let hours = try await shell("$flux history imbalance_price \(Self.days) --every 1h --wide --format csv")
        #expect(hours.cells.count == 73)
      }
    }

    @Test(arguments: [
      "--as-of 1d --revisions", "--as-of 1d --as-of-lead 20m", "--vintages --first-release", "--vintages --wide",
      "--revisions --every 1h", "--every 2h", "--as-of-lead soon", "imbalance_price",
    ])
    func `What excludes each other, or is no form, is refused`(_ options: String) async throws {
      let outcome = try await Stage.shared().shell("\"$flux\" history imbalance_price --from 1d \(options)")
      #expect(outcome.status == 64 && outcome.output.isEmpty && outcome.complaints.count == 1, "\(outcome.errors)")
    }

    @Test func `A value has the fewest digits that give the same real back`() async throws {
      let stage = try await Stage.shared()
      let values: [Float] = [0.1, -0.0, 16_777_216, 1e20, 1.175_494_4e-38, 3.402_823_5e38, -185.33, 1 / 3]
      try await TestDatabase.with { database async throws in
        try await Connection.with(try database.settings) { db async throws in
          for (number, value) in values.enumerated() {
            try await db.query(
              """
              SELECT flux.insert_market_data_batch(
                ARRAY[('2024-05-01Z'::timestamptz + $1 * interval '30 minutes', 3, $2)::flux.market_data_input])
              """, [.value(Int32(number)), .value(value)])
          }
        }
        for format in ["csv", "jsonl"] {
          let outcome = try await stage.run(
            "history", "imbalance_price", "--from", "2024-05-01", "--to", "2024-05-01", "--format", format,
            changes: ["FLUX_DATABASE_URL": database.url])
          let texts =
            format == "csv"
            ? outcome.column(4)
            : outcome.lines.compactMap { $0.firstMatch(of: /"value": ([^,]+),/)?.output.1 }.map(String.init)
          #expect(texts.compactMap { Float($0)?.bitPattern } == values.map(\.bitPattern), "\(format): \(texts)")
        }
      }
    }

    @Test func `A file appears when it is complete, in the format that its name says`() async throws {
      try await withDays { shell in
        let folder = FileManager.default.temporaryDirectory.appending(path: "flux-files-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let printed = try await shell("$flux history imbalance_price \(Self.days) --format csv")
        let written = try await shell("$flux history imbalance_price \(Self.days) -o \(folder)/prices.csv")
        #expect(written.status == 0 && written.output.isEmpty && written.errors.isEmpty)
        #expect(try String(contentsOfFile: folder + "/prices.csv", encoding: .utf8) == printed.output)
        // What cannot be written leaves the old one as it was.
        let refused = try await shell(
          "trap '' XFSZ; ulimit -f 1; $flux history imbalance_price \(Self.days) -o \(folder)/prices.csv")
        #expect(refused.status == 74 && refused.errors.contains("prices.csv could not be written: File too large"))
        #expect(try String(contentsOfFile: folder + "/prices.csv", encoding: .utf8) == printed.output)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["prices.csv"])
        // A pipe stays one.
        let piped = try await shell(
          """
          mkfifo \(folder)/pipe && cat \(folder)/pipe &
          until [ -p \(folder)/pipe ]; do :; done
          $flux history imbalance_price \(Self.days) --format csv -o \(folder)/pipe; wait; test -p \(folder)/pipe
          """)
        #expect(piped.status == 0 && piped.output == printed.output)
        #expect(try await shell("$flux history imbalance_price \(Self.days) -o \(folder)").status == 73)
        #expect(try await shell("$flux history imbalance_price \(Self.days) -o \(folder)/none/prices.csv").status == 73)
      }
    }
  }
}
