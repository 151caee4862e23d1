import CBytes
import Testing

@Suite struct `Sixteen bytes compared at once` {
  @Test func `A bit for each byte that is equal, by the processor's own instruction and by plain arithmetic`() {
    var random = SystemRandomNumberGenerator()
    for round in 0..<20_000 {
      let wanted = UInt8.random(in: 0...255, using: &random)
      // Often the byte itself and its neighbours, which a carry from another byte would give away.
      let near = [wanted, wanted &+ 1, wanted &- 1, wanted ^ 0x80, 0, 0xFF, UInt8.random(in: 0...255, using: &random)]
      let text = (0..<16).map { _ in near[Int.random(in: 0..<(round.isMultiple(of: 2) ? 3 : 7), using: &random)] }
      func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
      let expected = text.enumerated().reduce(UInt32(0)) { $0 | ($1.element == wanted ? 1 << UInt32($1.offset) : 0) }
      let (low, high) = (word(text[0..<8]), word(text[8..<16]))
      #expect(equal_bytes(low, high, wanted) == expected, "\(text), \(wanted)")
      #expect(equal_bytes_plainly(low, high, wanted) == expected, "\(text), \(wanted)")
    }
  }
}
