import Feeds
import Foundation
import Market
import Testing

@testable import Decode

private let recorded = ProcessInfo.processInfo.environment["FLUX_RECORDED_DIR"]

@Suite(.enabled(if: recorded != nil, "FLUX_RECORDED_DIR names no folder of recorded replies"))
struct `Years of recorded data` {
  private func decode(_ name: String, _ feed: Feed) throws -> Batch {
    let folder = URL(fileURLWithPath: try #require(recorded))
    let bytes = Array(try Data(contentsOf: folder.appendingPathComponent(name)))
    return try Decoder(feed, london: systemLondon()).decode(bytes.span, window: nil, observedAt: observedAt).batch
  }

  private func sum(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) } }

  @Test func `The Portal's best view of 2019 to 2025 adds up`() throws {
    let batch = try decode("elexon-portal-system-prices-2019-2025.csv", TestFeeds.bestView)
    let prices = batch.observations.filter { $0.signal == Signal.imbalancePriceSettled.id }.map(\.value)
    let volumes = batch.observations.filter { $0.signal == Signal.nivSettled.id }.map(\.value)
    #expect(prices.count == 112_510 && volumes.count == 112_510)
    #expect(abs(sum(prices) - 10_390_834.243) < 0.5)
    #expect(abs(sum(volumes) - -790_427.992) < 0.5)
    #expect(prices.min() == -185.33 && prices.max() == 4037.80)
    #expect(prices.count { $0 < 0 } == 3_246 && prices.count { $0 == 0 } == 965)
    #expect(batch.rejects.isEmpty && batch.counts.records == 112_510)
  }

  @Test func `The market index of 2024 adds up`() throws {
    let batch = try decode("elexon-portal-market-index-2024.csv", TestFeeds.portalMarketIndex)
    let prices = batch.observations.filter { $0.signal == Signal.wholesalePrice.id }.map(\.value)
    #expect(prices.count == 17_473)
    #expect(abs(sum(prices) - 1_242_719.846) < 0.1)
    #expect(prices.min() == -61.09 && prices.max() == 369.52)
    #expect(prices.count { $0 < 0 } == 494)
    #expect(batch.observations.count { $0.signal == Signal.wholesaleVolume.id } == 17_568)
    #expect(batch.rejects.isEmpty && batch.counts.records == 35_136)
  }
}
