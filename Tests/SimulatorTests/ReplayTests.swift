import Foundation
import Market
import Simulator
import Testing

@Suite struct `A replay of recorded files` {
  static let folder = ProcessInfo.processInfo.environment["FLUX_RECORDED_DIR"]

  @Test(.enabled(if: folder != nil, "needs the recorded Portal files: set FLUX_RECORDED_DIR to their folder"))
  func `Every recorded price and volume is served with its real value`() async throws {
    let folder = try #require(Self.folder)
    let recording = try Recording(folder: folder)
    try await simulating(at: "2026-11-24T12:00:00Z", { $0.recording = recording }) { client in
      // A month with its clock change, and the days of the extremes.
      var days = (1...31).compactMap { SettlementDate("2024-03-\($0 < 10 ? "0" : "")\($0)") }
      days += ["2023-07-17", "2021-09-09", "2024-10-27", "2025-06-01"].compactMap { SettlementDate($0) }
      let file = try await client.get("/portal/file/download/SSPSBPNIV_FILE?key=simulated000key")
      #expect(file.body.count == 3_569_567)
      var expected: [String: (price: Double, volume: Double)] = [:]
      for line in file.text.split(separator: "\n").dropFirst() {
        let fields = line.split(separator: ",")
        try #require(fields.count == 5, "\(line)")
        let date = fields[0].split(separator: "/").reversed().joined(separator: "-")
        expected["\(date) \(fields[1])"] = (Double(fields[2]) ?? .nan, Double(fields[4]) ?? .nan)
      }
      #expect(expected.count == 112_510)
      var compared = 0
      for day in days {
        let rows = try await client.systemPrices(day.description).rows()
        for row in rows {
          let real = try #require(expected["\(day) \(row["settlementPeriod"] ?? "")"])
          // JSONSerialization does not round numbers with 18 decimals correctly.
          #expect(abs(try #require(row["systemSellPrice"] as? Double) - real.price) < 1e-9)
          #expect(abs(try #require(row["netImbalanceVolume"] as? Double) - real.volume) < 1e-9)
          compared += 1
        }
      }
      #expect(compared == 31 * 48 - 2 + 48 + 48 + 50 + 48)
    }
  }

  @Test(.enabled(if: folder != nil, "needs the recorded Portal files: set FLUX_RECORDED_DIR to their folder"))
  func `A year of market index has the real number of prices and their sum`() async throws {
    let folder = try #require(Self.folder)
    let recording = try Recording(folder: folder)
    try await simulating(at: "2026-11-24T12:00:00Z", { $0.recording = recording }) { client in
      var weighted: [String: (money: Double, volume: Double)] = [:]
      var date = try #require(SettlementDate("2024-01-01"))
      let path = "/elexon/bmrs/api/v1/balancing/pricing/market-index"
      while date.description < "2025-01-01" {
        let last = min(date.advanced(by: 5), try #require(SettlementDate("2024-12-31")))
        let query = "?from=\(date)T00:00Z&to=\(last)T00:00Z&settlementPeriodFrom=1&settlementPeriodTo=50"
        for row in try await client.get(path + query).rows() {
          let volume = try #require(row["volume"] as? Double)
          let price = try #require(row["price"] as? Double)
          let start = try #require(row["startTime"] as? String)
          let sum = weighted[start] ?? (0, 0)
          weighted[start] = (sum.money + price * volume, sum.volume + volume)
        }
        date = last.advanced(by: 1)
      }
      #expect(weighted.count == 17_568)
      let prices = weighted.values.filter { $0.volume > 0 }.map { $0.money / $0.volume }
      #expect(prices.count == 17_473)
      #expect(abs(prices.reduce(0, +) - 1_242_719.846) < 0.01)
      #expect(prices.filter { $0 < 0 }.count == 494)
    }
  }

  @Test func `A folder without recordings, and a damaged file, are named`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("replay-\(UUID().uuidString)")
    #expect(throws: RecordingError.self) { try Recording(folder: folder.path) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(throws: RecordingError.self) { try Recording(folder: folder.path) }
    let file = folder.appendingPathComponent("my-system-prices.csv")
    try Data("Settlement Date,Period,Sell,Buy,Volume\n01/01/2019,1,15,15,-3\n01/01/2019,2,fifteen,15,1\n".utf8)
      .write(to: file)
    let error = #expect(throws: RecordingError.self) { try Recording(folder: folder.path) }
    #expect(error?.description.contains("my-system-prices.csv line 3") == true)
  }
}
