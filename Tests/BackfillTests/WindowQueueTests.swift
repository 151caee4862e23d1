import Market
import Store
import Testing

@testable import Backfill

@Suite struct `The queue of windows` {
  private func windows(_ numbers: Range<Int>) -> [ClaimedWindow] {
    numbers.map {
      ClaimedWindow(
        number: Int32($0),
        window: Window(from: Instant(seconds: Int64(-$0) * 86_400), to: Instant(seconds: Int64(1 - $0) * 86_400)))
    }
  }

  private func queueOf(_ windows: [ClaimedWindow], atOnce: Int = 8) -> WindowQueue {
    var queue = WindowQueue(atOnce: atOnce)
    queue.add(windows)
    queue.isComplete = true
    return queue
  }

  private func batch(_ observations: Int) -> Batch {
    var batch = Batch(feed: "f", window: nil, observedAt: Instant(seconds: 0))
    batch.observations = Array(
      repeating: Observation(time: Instant(seconds: 0), signal: 3, value: 1), count: observations)
    return batch
  }

  @Test func `Windows that arrive in any order are loaded in the plan's`() {
    let all = windows(0..<2_000)
    var queue = queueOf(all)
    var random = SystemRandomNumberGenerator()
    var inFlight: [ClaimedWindow] = []
    var loaded: [ClaimedWindow] = []
    var sizes: [Int] = []
    while true {
      while let claimed = queue.nextToRead() { inFlight.append(claimed) }
      #expect(inFlight.count <= 10)
      while let load = queue.nextToLoad() {
        loaded += load.map(\.claimed)
        sizes.append(load.reduce(0) { $0 + $1.batch.observations.count })
      }
      guard let place = inFlight.indices.randomElement(using: &random) else { break }
      queue.arrived(inFlight.remove(at: place), batch(96))
      #expect(queue.waiting <= WindowQueue.mostWaiting() + 10 * 96)
    }
    #expect(loaded == all)
    #expect(sizes.reduce(0, +) == 2_000 * 96)
    #expect(sizes.dropLast().allSatisfy { (WindowQueue.loadSize..<WindowQueue.loadSize + 96).contains($0) })
  }

  @Test func `One slow window holds up no more than a bounded number of others`() {
    var queue = queueOf(windows(0..<100_000))
    let slow = queue.nextToRead()
    var read = 0
    while let claimed = queue.nextToRead() {
      queue.arrived(claimed, batch(96))
      read += 1
    }
    #expect(read == WindowQueue.mostAhead - 1 && queue.nextToLoad() == nil)
    var large = queueOf(windows(0..<100_000))
    _ = large.nextToRead()
    while let claimed = large.nextToRead() { large.arrived(claimed, batch(17_520)) }
    #expect(large.waiting < WindowQueue.mostWaiting() + 17_520)
    if let slow { queue.arrived(slow, nil) }
    let first = (WindowQueue.loadSize + 95) / 96
    #expect(queue.nextToLoad()?.count == first && queue.waiting == (WindowQueue.mostAhead - 1 - first) * 96)
  }

  @Test(arguments: [WindowQueue.loadSize, 5_000])
  func `While a load runs, reading stops at a load and a half, and goes on after it`(loadSize: Int) {
    var queue = WindowQueue(atOnce: 8, loadSize: loadSize)
    queue.add(windows(0..<10_000))
    var read = 0
    while let claimed = queue.nextToRead() {
      queue.arrived(claimed, batch(96))
      read += 1
    }
    #expect(queue.isFull)
    #expect(read == (WindowQueue.mostWaiting(for: loadSize) + 95) / 96)
    let first = (loadSize + 95) / 96
    #expect(queue.nextToLoad()?.count == first && queue.waiting == (read - first) * 96)
    #expect(queue.nextToRead() != nil)
  }

  @Test func `Windows without values are loaded too, a thousand at once`() {
    var queue = queueOf(windows(0..<1_500))
    var loads: [Int] = []
    while let claimed = queue.nextToRead() {
      queue.arrived(claimed, batch(0))
      if let load = queue.nextToLoad() { loads.append(load.count) }
    }
    #expect(loads == [1_000, 500])
    var failed = queueOf(windows(0..<1), atOnce: 1)
    if let claimed = failed.nextToRead() { failed.arrived(claimed, nil) }
    #expect(failed.nextToLoad() == nil)
  }

  @Test func `What it claims later is read on, and windows that others have between them are no part of a load`() {
    var queue = WindowQueue(atOnce: 400)
    var loads: [[Int32]] = []
    func readAll() {
      while let claimed = queue.nextToRead() { queue.arrived(claimed, batch(1)) }
      while let load = queue.nextToLoad() { loads.append(load.map(\.claimed.number)) }
    }
    for numbers in [1..<101, 101..<201] {
      queue.add(windows(numbers))
      readAll()
    }
    #expect(loads.isEmpty && queue.unread == 0)
    queue.add(windows(401..<601))
    readAll()
    #expect(loads == [Array(1...200)])
    queue.isComplete = true
    readAll()
    #expect(loads == [Array(1...200), Array(401...600)] && queue.waiting == 0)
  }
}
