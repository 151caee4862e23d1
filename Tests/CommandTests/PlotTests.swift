import Foundation
import Postgres
import Support
import Testing

extension Commands {
  @Suite struct `Charts, revisions and quality` {
    /// Lends a database in which one signal has the half hours from `start` on with these values.
    private func withValues(
      _ start: String, _ values: [Float],
      _ body: (_ shell: (String) async throws -> Outcome) async throws -> Void
    ) async throws {
      let stage = try await Stage.shared()
      try await TestDatabase.with { database async throws in
        try await Connection.with(try database.settings) { db async throws in
          try await db.query(
            """
            SELECT flux.insert_market_data_batch(ARRAY(
              SELECT ($1::timestamptz + (n - 1) * interval '30 minutes', 3, value)::flux.market_data_input
              FROM unnest($2::real[]) WITH ORDINALITY AS given(value, n)), '2025-01-01Z')
            """, [.value(start), .array(values)])
        }
        try await body { try await stage.shell($0, changes: ["FLUX_DATABASE_URL": database.url]) }
      }
    }

    private func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    /// Whether anything of a curve is there.
    private func isDrawn(_ text: Substring) -> Bool {
      text.unicodeScalars.contains { $0.value > 0x2800 && $0.value <= 0x28FF }
    }

    @Test func `A step is drawn as a step, as wide as the terminal, with London's hours below`() async throws {
      let values = [Float](repeating: 0, count: 24) + [Float](repeating: 10, count: 24)
      try await withValues("2024-04-30 23:00Z", values) { shell in
        let chart = try await shell("$flux plot imbalance_price --from 2024-05-01 --to 2024-05-01")
        try #require(chart.status == 0 && chart.lines.count == 15, "\(chart.errors)")
        #expect(chart.lines[0] == "imbalance_price, £/MWh")
        let night = "┊" + repeated(" ", 18) + "┊" + repeated(" ", 18)
        #expect(chart.lines[1] == " 10┤" + night + "⡏" + repeated("⠉", 37))
        #expect(chart.lines[2] == "   │" + night + "⡇" + repeated(" ", 18) + "┊")
        #expect(chart.lines[12] == "  0┤" + repeated("⣀", 38) + "⡇" + repeated(" ", 18) + "┊")
        #expect(chart.lines[13] == "   └" + repeated("┴" + repeated("─", 18), 4))
        #expect(chart.lines[14] == "    1 May              06:00              12:00              18:00")
        let narrow = try await shell("COLUMNS=40 $flux plot imbalance_price --from 2024-05-01 --to 2024-05-01")
        #expect(narrow.lines.map(\.count).max() == 40)
      }
    }

    @Test func `Values below zero lie below its line, and a time without values stays empty`() async throws {
      // The afternoon is missing.
      try await withValues("2024-04-30 23:00Z", (0..<24).map { Float($0) - 12 }) { shell in
        let chart = try await shell("$flux plot imbalance_price --from 2024-05-01 --to 2024-05-01")
        let zero = try #require(chart.lines.first { $0.hasPrefix("   0┤") })
        #expect(zero.contains("╌"))
        for line in chart.lines { #expect(!isDrawn(line.dropFirst(45)), "\(line)") }
        #expect(chart.output.contains("\n -20┤") && isDrawn(chart.output[...]))
      }
    }

    @Test func `A day of 25 hours has its hours where they are`() async throws {
      try await withValues("2024-10-26 23:00Z", (0..<50).map { Float($0) }) { shell in
        let chart = try await shell("$flux plot imbalance_price --from 2024-10-27 --to 2024-10-27")
        // Of 76 columns: seven hours of 25 to six o'clock, thirteen to noon.
        #expect(chart.lines.last == "    27 Oct               06:00             12:00             18:00")
        let none = try await shell("$flux plot imbalance_price --from 2023-10-27 --to 2023-10-27")
        #expect(none.status == 0 && none.output.isEmpty && none.errors.contains("no values of imbalance_price"))
      }
    }

    @Test func `A picture is drawn by gnuplot, which is named where it is missing`() async throws {
      try await withValues("2024-10-26 23:00Z", (0..<50).map { Float($0) - 20 }) { shell in
        let folder = FileManager.default.temporaryDirectory.appending(path: "flux-charts-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let plot = "plot imbalance_price --from 2024-10-27 --to 2024-10-27 -o \(folder)/it\\'s"
        for format in ["svg", "png"] {
          let outcome = try await shell("$flux \(plot).\(format)")
          #expect(outcome.status == 0 && outcome.output.isEmpty && outcome.errors.isEmpty, "\(outcome.errors)")
        }
        let picture = try Data(contentsOf: URL(filePath: "\(folder)/it's.png"))
        #expect(picture.prefix(4) == Data([0x89, 0x50, 0x4E, 0x47]) && picture.count > 5_000)
        let drawing = try String(contentsOfFile: "\(folder)/it's.svg", encoding: .utf8)
        #expect(drawing.contains("£/MWh") && drawing.contains("27 Oct") && drawing.contains("Europe/London"))
        #expect(drawing.contains("imbalance_price") && drawing.hasSuffix("</svg>\n\n"))
        let missing = try await shell("PATH=/nowhere; $flux \(plot).png")
        #expect(missing.status == 69 && missing.errors.contains("apt-get install --no-install-recommends gnuplot-nox"))
        #expect(try await shell("$flux \(plot).gif").status == 64)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(left == ["it's.png", "it's.svg"])
      }
    }

    @Test func `Quality is one document with an array for each check, or one check's table`() async throws {
      let values = [Float](repeating: 7, count: 12) + (0..<37).map { Float($0) }
      try await withValues("2024-10-26 23:00Z", values) { shell in
        let range = "--from 2024-10-27 --to 2024-10-27"
        let outcome = try await shell("$flux quality \(range) --format json")
        let document = try #require(
          try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: [[String: Any]]])
        #expect(Set(document.keys) == ["completeness", "clock_changes", "implausible", "repeated", "sources"])
        let month = try #require(document["completeness"]?.first)
        #expect(month["month"] as? String == "2024-10" && month["missing"] as? Int == 1)
        #expect(month["percent"] as? Double == 98)
        let day = try #require(document["clock_changes"]?.first)
        #expect(day["date"] as? String == "2024-10-27" && day["present"] as? Int == 49 && day["expected"] as? Int == 50)
        let run = try #require(document["repeated"]?.first)
        #expect(run["value"] as? Int == 7 && run["count"] as? Int == 12)
        #expect(document["implausible"]?.isEmpty == true && document["sources"]?.isEmpty == true)
        let table = try await shell("$flux quality niv_outturn \(range) --check completeness --format csv")
        #expect(
          table.lines == ["signal,month,present,expected,missing,percent", "niv_outturn,2024-10,0,50,50,0"])
        #expect(try await shell("$flux quality \(range) --format csv").status == 64)
        #expect(try await shell("$flux quality \(range)").output.contains("\n\nThe same value for 12 half hours"))
      }
    }

    @Test func `Revisions are a table by age`() async throws {
      try await withValues("2024-12-31 23:00Z", [1, 2]) { shell in
        let ages = try await shell("$flux revisions imbalance_price --from 2024-12-31 --to 2025-01-01 --format json")
        let rows = try ages.rows()
        #expect(rows.first?["age"] as? Int == 1_800 && rows.first?["known"] as? Int == 1)
        #expect(rows.last?["age"] is NSNull && rows.last?["known"] as? Int == 2 && rows.last?["moved"] as? Int == 0)
        #expect(rows.last?["mean_move"] is NSNull && rows.last?["unsettled_percent"] as? Double == 0)
      }
    }

    @Test(arguments: ["plot", "revisions", "quality"])
    func `Each has help with an example, and its place among the commands`(_ command: String) async throws {
      let stage = try await Stage.shared()
      let help = try await stage.shell("$flux \(command) --help")
      #expect(help.status == 0 && help.output.components(separatedBy: "flux-market \(command)").count >= 3)
      #expect(try await stage.run().output.contains("\n  \(command) "))
    }
  }
}
