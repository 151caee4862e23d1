import Foundation
import Testing

@testable import Decode

@Suite struct `Numbers from text` {
  private func double(_ text: String) -> Double? {
    let bytes = Array(text.utf8)
    return NumberScanner.double(bytes.span, at: 0, count: bytes.count)
  }

  private func float(_ text: String, scale: Double = 1) -> Float? {
    let bytes = Array(text.utf8)
    return NumberScanner.float(bytes.span, at: 0, count: bytes.count, scale: scale)
  }

  private func isNumber(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return NumberScanner.isNumber(bytes.span, at: 0, count: bytes.count)
  }

  /// What C makes of the text, in the same two steps.
  private func expected(_ text: String, scale: Double) -> Float? {
    let value = Float(strtod(text, nil) * scale)
    return value.isFinite ? value : nil
  }

  @Test(arguments: [
    "", "-", "01", "-01", "00", "1.", ".5", "-.5", "+1", "1e", "1e+", "1e-", "e5", "0x1", "0x", "NaN", "nan",
    "Infinity",
    "inf", "-inf", "1,000", "1 000", " 1", "1 ", "1.5.5", "1e5.5", "--1", "1-", "1_000", "١", "1f", "1e5e5", "1\u{0}",
  ])
  func `What is no JSON number is refused`(text: String) {
    #expect(double(text) == nil)
    #expect(float(text) == nil)
    #expect(!isNumber(text))
  }

  @Test(arguments: [
    "0", "-0", "0.0", "0e5", "-0.000", "1", "160", "160.0", "160.000000000000000000", "344.249492314814801830", "1e2",
    "1E+2", "1e-2", "2.77e-07", "9007199254740993", "9007199254740992.5", "18446744073709551615",
    "18446744073709551616", "99999999999999999999999999999999", "0.1", "0.3", "123456789012345678901234567890e-30",
    "1e22", "1e23", "4.9e-324", "2.2250738585072011e-308", "1.7976931348623157e308",
    "0.000000000000000000000000000000000000000000001", "1000000000000000000000000.0000000000000000000000001",
    "10000000000000000000000", "100000000000000000000001e-5", "0.00000000000000000000123456789012345678901234",
    "3.4028235e38", "3.4028235677973366e38", "1.401298464324817e-45", "7.006492321624085e-46", "1e-400",
  ])
  func `Hard cases are read as C reads them`(text: String) {
    #expect(double(text)?.bitPattern == strtod(text, nil).bitPattern)
    for scale in [1.0, 2, -1, 0.1, 1_000] { #expect(float(text, scale: scale) == expected(text, scale: scale)) }
  }

  @Test(arguments: ["1e309", "-1e309", "1e999999999999999999999", "9" + String(repeating: "0", count: 400)])
  func `What no Double holds is a number, and no value`(text: String) {
    #expect(double(text) == nil)
    #expect(float(text) == nil)
    #expect(isNumber(text))
  }

  @Test func `Two hundred thousand random texts are read as C reads them`() {
    var random = SeededNumbers(state: 5)
    func digits(_ count: Int) -> String {
      (0..<count).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
    }
    var wrong = 0
    for number in 0..<200_000 {
      var text = Bool.random(using: &random) ? "-" : ""
      switch number % 4 {
      case 0:  // as Elexon writes them
        text += "\(Int.random(in: 0...4_000, using: &random))." + digits(Int.random(in: 1...20, using: &random))
      case 1:  // any length, any exponent
        text += "\(Int.random(in: 1...9, using: &random))" + digits(Int.random(in: 0...25, using: &random))
        if Bool.random(using: &random) { text += "." + digits(Int.random(in: 1...25, using: &random)) }
        if Bool.random(using: &random) { text += "e\(Int.random(in: -45...45, using: &random))" }
      case 2:  // half-way between two neighbouring Floats, or a hair beside it, with all of its digits
        let low = Float(bitPattern: UInt32.random(in: 0x3000_0000...0x5000_0000, using: &random))
        let middle = (Double(low) + Double(low.nextUp)) / 2
        text += exact(middle, hair: Int.random(in: -1...1, using: &random))
      default:  // short
        text += "\(Int.random(in: 0...99_999, using: &random)).\(digits(Int.random(in: 1...3, using: &random)))"
      }
      let scale = [1.0, 2, 0.5, 1_000][Int.random(in: 0..<4, using: &random)]
      let (found, wanted) = (float(text, scale: scale), expected(text, scale: scale))
      if found != wanted || double(text)?.bitPattern != strtod(text, nil).bitPattern {
        wrong += 1
        if wrong < 10 {
          Issue.record("\(text) × \(scale): \(found as Any), C says \(wanted as Any) and \(strtod(text, nil))")
        }
      }
    }
    #expect(wrong == 0)
  }

  /// Every digit of a Double's value, then a one or the digits below it far behind.
  private func exact(_ value: Double, hair: Int) -> String {
    let text = String(format: "%.60f", value)
    switch hair {
    case 1: return text + "1"
    case -1:
      guard let last = text.lastIndex(where: { $0 != "0" && $0 != "." }) else { return text }
      let below = Int(String(text[last])).map { $0 - 1 } ?? 0
      return text[..<last] + "\(below)" + String(text[text.index(after: last)...].map { $0 == "." ? "." : "9" })
    default: return text
    }
  }

  @Test func `A number inside a longer text ends where it is told to`() {
    let bytes = Array("12345.678".utf8)
    let (inside, broken) = (
      NumberScanner.double(bytes.span, at: 1, count: 3), NumberScanner.float(bytes.span, at: 5, count: 2, scale: 1)
    )
    #expect(inside == 234 && broken == nil)
    // Long enough for strtod, which must not read on.
    let long = Array("12345678901234567890123459999".utf8)
    let first = NumberScanner.double(long.span, at: 0, count: 25)
    #expect(first == strtod("1234567890123456789012345", nil))
  }
}
