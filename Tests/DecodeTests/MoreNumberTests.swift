import Foundation
import SlowTwins
import Testing

@testable import Decode

/// The forms that are read eight digits at a time, with other text around them, against `strtod`.
@Suite struct `Numbers of the usual forms` {
  private static let isLong = ProcessInfo.processInfo.environment["FLUX_LONG_TESTS"] != nil

  @Test func `A million, and in the long tests twenty, are read as C reads them`() {
    var random = SeededNumbers(state: 13)
    var wrong = 0
    for number in 0..<(Self.isLong ? 20_000_000 : 1_000_000) {
      var text = Bool.random(using: &random) ? "-" : ""
      let whole = UInt64.random(in: 0..<[10, 1_000, 100_000_000][number % 3], using: &random)
      let decimals = [0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 18, 19][Int.random(in: 0..<13, using: &random)]
      text += String(whole)
      if decimals > 0 {
        var digits = String(UInt64.random(in: 0..<10_000_000_000_000_000_000, using: &random))
        digits = String(repeating: "0", count: 19 - digits.utf8.count) + digits
        // Short ones padded with zeros are what several providers send.
        let kept = number % 5 == 0 ? Int.random(in: 0...min(3, decimals), using: &random) : decimals
        text += "." + digits.prefix(kept) + String(repeating: "0", count: decimals - kept)
      }
      let bytes = Array(text.utf8)
      let around = Array(#""a":"#.utf8) + bytes + Array(#","b":1}"#.utf8)
      let expected = slowNumber(bytes)
      let scale = [1.0, 2, -1, 0.001][number % 4]
      let double = NumberScanner.double(around.span, at: 4, count: bytes.count)
      let float = NumberScanner.float(around.span, at: 4, count: bytes.count, scale: scale)
      if double?.bitPattern != expected?.bitPattern || float != expected.map({ Float($0 * scale) }) {
        wrong += 1
        if wrong < 10 { Issue.record("\(text) × \(scale): \(double as Any) and \(float as Any)") }
      }
    }
    #expect(wrong == 0)
  }

  @Test(arguments: [
    "1-", "1.2.3", "12..5", "1,5", "00.5", "-.5", "-5.", "1/2", "1:2", "12345678.", "123456789.", "1\u{9F}5", "0x10",
    "1e", "--1", "1234567-", "12345678901234567-", "0.00000000000000000-", "00000000000000.5",
  ])
  func `What only looks like one is none`(text: String) {
    let around = Array("[".utf8) + Array(text.utf8) + Array(",0123456789".utf8)
    let count = text.utf8.count
    let double = NumberScanner.double(around.span, at: 1, count: count)
    let float = NumberScanner.float(around.span, at: 1, count: count, scale: 1)
    #expect(double == nil && float == nil)
  }
}
