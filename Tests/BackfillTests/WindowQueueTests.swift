import Market
import Testing

@testable import Backfill

@Suite struct `The queue of windows` {
  private func windows(_ count: Int) -> [Window] {
    (0..<count).map {
      Window(from: Instant(seconds: Int64(-$0) * 86_400), to: Instant(seconds: Int64(1 - $0) * 86_400))
    }
  }

  private func batch(_ observations: Int) -> Batch {
    var batch = Batch(feed: "f", window: nil, observedAt: Instant(seconds: 0))
    batch.observations = Array(
      repeating: Observation(time: Instant(seconds: 0), signal: 3, value: 1), count: observations)
    return batch
  }

  @Test func `Windows that arrive in any order are loaded in the plan's`() {
    let all = windows(2_000)
    var queue = WindowQueue(all, atOnce: 8)
    var random = SystemRandomNumberGenerator()
    var inFlight: [Int] = []
    var loaded: [Window] = []
    var sizes: [Int] = []
    while true {
      while let (index, _) = queue.nextToRead() { inFlight.append(index) }
      #expect(inFlight.count <= 10)
      while let load = queue.nextToLoad() {
        loaded += load.map(\.window)
        sizes.append(load.reduce(0) { $0 + $1.batch.observations.count })
      }
      guard let place = inFlight.indices.randomElement(using: &random) else { break }
      queue.arrived(inFlight.remove(at: place), batch(96))
      #expect(queue.waiting <= WindowQueue.mostWaiting + 10 * 96)
    }
    #expect(loaded == all)
    #expect(sizes.reduce(0, +) == 2_000 * 96)
    #expect(sizes.dropLast().allSatisfy { (WindowQueue.loadSize..<WindowQueue.loadSize + 96).contains($0) })
  }

  @Test func `One slow window holds up no more than a bounded number of others`() {
    var queue = WindowQueue(windows(100_000), atOnce: 8)
    let slow = queue.nextToRead()?.index
    var read = 0
    while let (index, _) = queue.nextToRead() {
      queue.arrived(index, batch(96))
      read += 1
    }
    #expect(read == WindowQueue.mostAhead - 1 && queue.nextToLoad() == nil)
    var large = WindowQueue(windows(100_000), atOnce: 8)
    _ = large.nextToRead()
    while let (index, _) = large.nextToRead() { large.arrived(index, batch(17_520)) }
    #expect(large.waiting < WindowQueue.mostWaiting + 17_520)
    if let slow { queue.arrived(slow, nil) }
    let first = (WindowQueue.loadSize + 95) / 96
    #expect(queue.nextToLoad()?.count == first && queue.waiting == (WindowQueue.mostAhead - 1 - first) * 96)
  }

  @Test func `While a load runs, reading stops at two loads' worth, and goes on after it`() {
    var queue = WindowQueue(windows(10_000), atOnce: 8)
    var read = 0
    while let (index, _) = queue.nextToRead() {
      queue.arrived(index, batch(96))
      read += 1
    }
    #expect(read == (WindowQueue.mostWaiting + 95) / 96)
    let first = (WindowQueue.loadSize + 95) / 96
    #expect(queue.nextToLoad()?.count == first && queue.waiting == (read - first) * 96)
    #expect(queue.nextToRead() != nil)
  }

  @Test func `Windows without values are loaded too, a thousand at once`() {
    var queue = WindowQueue(windows(1_500), atOnce: 8)
    var loads: [Int] = []
    while let (index, _) = queue.nextToRead() {
      queue.arrived(index, batch(0))
      if let load = queue.nextToLoad() { loads.append(load.count) }
    }
    #expect(loads == [1_000, 500])
    var failed = WindowQueue(windows(1), atOnce: 1)
    if let (index, _) = failed.nextToRead() { failed.arrived(index, nil) }
    #expect(failed.nextToLoad() == nil)
  }
}
