import Foundation
import Support
import Testing

extension Commands {
  @Suite struct `What was refused, on the command line` {
    /// Fills a database with one day while one period's price comes as text.
    private func refused(_ stage: Stage, _ database: TestDatabase, fault: String = "text") async throws {
      let outcome = try await stage.shell(
        """
        "$flux" simulate --port 0 --seed 7 --faults '\(fault)' >"$HOME/faulty" & simulator=$!
        tries=0
        until [ -s "$HOME/faulty" ] || [ $((tries += 1)) -gt 2400 ]; do sleep 0.05; done
        . "$HOME/faulty"
        "$flux" backfill elexon-system-price --from 2024-03-30 --to 2024-03-30
        status=$?; kill $simulator; rm "$HOME/faulty"; exit $status
        """, changes: ["FLUX_DATABASE_URL": database.url])
      #expect(outcome.errors.contains("rejected: ") || outcome.status != 0, "\(outcome.errors)")
    }

    @Test func `Is listed, shown with its record, asked again and then gone from what is open`() async throws {
      try await TestDatabase.with { database in
        let stage = try await Stage.shared()
        let changes = ["FLUX_DATABASE_URL": database.url]
        try await refused(stage, database)
        let listed = try await stage.run("rejects", "--state", "open", "--format", "json", changes: changes)
        let row = try #require(try listed.rows().first)
        #expect(try listed.rows().count == 1 && listed.status == 0)
        #expect(row["field"] as? String == "systemSellPrice" && row["reason"] as? String == "is text, not a number")
        let id = "\(try #require(row["id"] as? Int))"

        let shown = try await stage.run("rejects", "show", id, "--format", "json", changes: changes)
        let parts = try shown.rows().reduce(into: [:]) { $0[$1["what"] as? String ?? ""] = $1["value"] as? String ?? "" }
        #expect(parts["sample"]?.hasPrefix(#"{"settlementDate":"2024-03-30""#) == true)
        #expect(parts["url"]?.hasSuffix("/system-prices/2024-03-30") == true)
        #expect(parts["from"] == "2024-03-30T00:00:00Z" && parts["to"] == "2024-03-31T00:00:00Z")

        let retried = try await stage.run("rejects", "retry", id, changes: changes)
        #expect(retried.status == 0, "\(retried.errors)")
        #expect(retried.output.hasSuffix(": 1 new, 0 rejects\n"), "\(retried.output)")
        let left = try await stage.run("rejects", "--state", "open", "--format", "json", changes: changes)
        #expect(try left.rows().isEmpty)
        let all = try await stage.run("rejects", "list", "--format", "csv", changes: changes)
        #expect(all.lines.dropFirst().first?.contains(",retried,") == true, "\(all.output)")
      }
    }

    @Test func `Is discarded, and a number that nobody has is named`() async throws {
      try await TestDatabase.with { database in
        let stage = try await Stage.shared()
        let changes = ["FLUX_DATABASE_URL": database.url]
        try await refused(stage, database, fault: "gone")
        let rows = try await stage.run("rejects", "--format", "json", changes: changes).rows()
        #expect(rows.map { $0["place"] as? String } == ["all records"])
        let id = "\(try #require(rows.first?["id"] as? Int))"
        #expect(try await stage.run("rejects", "discard", id, changes: changes).output == "1 reject discarded\n")
        let left = try await stage.run("rejects", "--state", "open", changes: changes)
        #expect(left.errors.contains("nothing was refused"))
        let unknown = try await stage.run("rejects", "show", "4711", changes: changes)
        #expect(unknown.status == 64 && unknown.errors.contains("there is no reject 4711"))
      }
    }
  }
}
