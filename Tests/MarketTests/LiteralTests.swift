import Foundation
import Market
import Testing

@Suite struct `Texts written in JSON and in URLs` {
  private static let texts = [
    "", "plain", "£/MWh", "say \"no\" \\ or /", "one\ntwo\r\n\tthree", "\u{0}\u{1}\u{1F}\u{7F}", "a&b=c d+e%20",
    "🔋 é e\u{301}", "-._~AZaz09",
  ]

  @Test(arguments: texts) func `A JSON string is read back as it was, and holds no line break`(text: String) throws {
    let json = jsonString(text)
    #expect(try JSONDecoder().decode([String].self, from: Data("[\(json)]".utf8)) == [text])
    #expect(json.utf8.allSatisfy { $0 >= 0x20 })
  }

  @Test(arguments: texts) func `A percent-encoded text is read back as it was, and is unreserved ASCII`(text: String) {
    let encoded = percentEncoded(text)
    #expect(encoded.removingPercentEncoding == text)
    #expect(encoded.utf8.allSatisfy { "-._~%".utf8.contains($0) || isalnum(Int32($0)) != 0 && $0 < 0x80 })
  }

  @Test(arguments: [
    (160, "160"), (9.56, "9.56"), (20_000_000, "20000000"), (-0.0, "-0"), (0, "0"), (-1234.5, "-1234.5"),
    (1e-7, "1e-07"), (3e20, "3e+20"),
  ] as [(Float, String)])
  func `A value has the fewest digits that name it, and no exponent where whole digits say as much`(
    value: Float, text: String
  ) {
    #expect(shortest(value) == text && Float(text) == value)
  }

  @Test func `A field of CSV is in quotes where it needs them`() {
    #expect(csvField("£/MWh") == "£/MWh" && csvField("") == "")
    #expect(csvField("a,b") == "\"a,b\"" && csvField("a\"b") == "\"a\"\"b\"" && csvField("a\nb") == "\"a\nb\"")
  }
}
