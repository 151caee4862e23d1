import Market
import Testing

@testable import Backfill

@Suite struct `The size of a claim` {
  private func sizes(_ inFlight: Int, _ most: Int, lasting: [Duration]) -> [Int] {
    var size = ClaimSize(inFlight: inFlight, most: most)
    var now = Instant(seconds: 0)
    return [size.next(at: now)]
      + lasting.map { pause in
        now = now.advanced(by: pause)
        return size.next(at: now)
      }
  }

  @Test func `Grows while claims are read at once, to all that one may have`() {
    #expect(sizes(10, 200, lasting: Array(repeating: .milliseconds(20), count: 5)) == [20, 40, 80, 160, 200, 200])
  }

  @Test func `Shrinks where they last, to what is in flight, and settles between`() {
    #expect(sizes(10, 200, lasting: Array(repeating: .seconds(60), count: 3)) == [20, 10, 10, 10])
    let pauses: [Duration] = [.milliseconds(100), .milliseconds(400), .milliseconds(800), .milliseconds(1_600)]
    #expect(sizes(10, 200, lasting: pauses) == [20, 40, 80, 80, 40])
  }

  @Test func `Is never more than there is`() {
    #expect(sizes(10, 3, lasting: [.zero, .seconds(60)]) == [3, 3, 3])
    #expect(sizes(10, 0, lasting: []) == [1])
  }
}
