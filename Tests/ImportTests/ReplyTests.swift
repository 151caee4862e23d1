import Decode
import Feeds
import Foundation
import Market
import Postgres
import Store
import Support
import Testing

@testable import Import

@Suite struct `A provider's files, by its feed's rules` {
  private let observedAt = Instant(seconds: 1_750_000_000)
  private let header =
    "Settlement Date,Settlement Period,System Sell Price(GBP/MWh),System Buy Price(GBP/MWh),Net Imbalance Volume(MWh)\n"

  private func load(
    _ bytes: [UInt8], of id: String, through db: Connection, named name: String = "prices.csv"
  ) async throws -> ReplyImport.Outcome {
    let catalog = try FeedCatalog.load(
      directory: TestDatabase.repository + "/feeds", signals: Signal.standard, environment: [:])
    let london = try LondonClock(directories: LondonClock.systemDirectories(environment: [:]))
    let loader = try await Loader(connection: db, source: "import \(name)")
    let replies = try ReplyImport(try #require(catalog[id]), london: london, connection: db, loader: loader)
    var outcome: ReplyImport.Outcome?
    try await withFolder { folder async throws in
      try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      var input = try InputFile.open("\(folder)/\(name)")
      outcome = try await replies.run(&input) { observedAt }
    }
    return try #require(outcome)
  }

  @Test func `Prices and volumes go in with coverage, and a second time nothing does`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let text = header + "26/10/2025,50,-12.5,-12.5,-10\n26/10/2025,1,0,0,20.125\n"
      var outcome = try await load(Array(text.utf8), of: "elexon-portal-best-view", through: db)
      #expect(outcome.counts.inserted == 4 && outcome.counts.received == 4 && outcome.counts.setAside == 0)
      outcome = try await load(Array(text.utf8), of: "elexon-portal-best-view", through: db)
      #expect(outcome.counts.inserted == 0 && outcome.counts.unchanged == 4 && !outcome.isOvertaken)
      let rows = try await db.query(
        """
        SELECT concat_ws(' ', "time", type, value, created_at = to_timestamp(1750000000)) FROM flux.market_data
        ORDER BY "time", type
        """
      ).map { (rows, row) throws(PostgresError) in try rows.read(row, 0, as: String.self) }
      #expect(
        rows == [
          "2025-10-25 23:00:00+00 103 0 t", "2025-10-25 23:00:00+00 104 40.25 t",
          "2025-10-26 23:30:00+00 103 -12.5 t", "2025-10-26 23:30:00+00 104 -20 t",
        ])
      let coverage = try await db.query("SELECT concat_ws(' ', feed, records, source) FROM flux_ops.coverage")
      #expect(try coverage.read(0, 0) == "elexon-portal-best-view 2 import prices.csv")
    }
  }

  @Test func `The market index is Latin-1 with padded names, and a volume of 0 is no price`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let header = Array(
        "Settlement Date,Settlement Period,Market Index Data Provider Id,Market Index Volume (MWh),Market Index Price ("
          .utf8) + [0xA3] + Array("/MWh)\r\n".utf8)
      let lines = """
        01 January 2024,1,APXMIDP ,600,30\r\n01 January 2024,1,N2EXMIDP,200,50\r\n01 January 2024,2,APXMIDP ,0,0\r
        """
      let outcome = try await load(header + Array(lines.utf8), of: "elexon-portal-market-index", through: db)
      #expect(outcome.counts.inserted == 3, "one price, two volumes")
      let price = try await db.query("SELECT value FROM flux.market_data WHERE type = 2")
      #expect(try price.rowCount == 1 && price.read(0, 0, as: Float.self) == 35)
    }
  }

  @Test func `What is refused is recorded as of a reply, with the file's name`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let text = header + "26/10/2025,51,1,1,1\n26/10/2025,1,high,1,1\n26/10/2025,2,20000,1,1\n"
      let outcome = try await load(Array(text.utf8), of: "elexon-portal-best-view", through: db)
      #expect(outcome.counts.setAside == 2 && outcome.flagged == 1 && outcome.rejects.count == 2)
      await #expect(throws: DecodeError.self) {
        try await load(Array("Scripting Error: no such key".utf8), of: "elexon-portal-best-view", through: db)
      }
      let kept = try await RejectLog.read(RejectLog.Query(), through: db)
      #expect(Set(kept.map(\.reject.place)) == ["line 2", "line 3", "the reply"])
      #expect(kept.allSatisfy { $0.reject.url?.hasSuffix("/prices.csv") == true })
    }
  }

  @Test func `A later reply that was loaded before is told of`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let loader = try await Loader(connection: db, source: "collect elexon-portal-best-view")
      var batch = Batch(
        feed: "elexon-portal-best-view", window: nil, observedAt: observedAt.advanced(by: .hours(1)))
      batch.observations = [Observation(time: Instant(seconds: 1_735_689_600), signal: 103, value: 1)]
      _ = try await loader.load([batch])
      let text = header + "01/01/2025,1,2,2,2\n"
      #expect(try await load(Array(text.utf8), of: "elexon-portal-best-view", through: db).isOvertaken)
    }
  }

  private static let recorded = ProcessInfo.processInfo.environment["FLUX_RECORDED_DIR"]

  @Test(.enabled(if: recorded != nil, "needs the recorded Portal files: set FLUX_RECORDED_DIR to their folder"))
  func `The recorded files have the half hours and the sums that were counted in them`() async throws {
    let folder = try #require(Self.recorded)
    try await TestDatabase.withConnection { db async throws in
      func sum(_ signal: Int32) async throws -> (count: Int64, sum: Double) {
        let reply = try await db.query(
          "SELECT count(*), sum(value::float8) FROM flux.market_data WHERE type = $1", [.value(signal)])
        return (try reply.read(0, 0), try reply.read(0, 1))
      }
      let prices = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/elexon-portal-system-prices-2019-2025.csv"))
      #expect(try await load(Array(prices), of: "elexon-portal-best-view", through: db).counts.inserted == 225_020)
      let (price, volume) = (try await sum(103), try await sum(104))
      #expect(price.count == 112_510 && abs(price.sum - 10_390_834.243) < 1)
      #expect(volume.count == 112_510 && abs(volume.sum + 790_427.992) < 1)
      let index = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/elexon-portal-market-index-2024.csv"))
      _ = try await load(Array(index), of: "elexon-portal-market-index", through: db)
      let wholesale = try await sum(2)
      #expect(wholesale.count == 17_473 && abs(wholesale.sum - 1_242_719.846) < 1)
    }
  }
}
