import Glibc

/// A JSON number (RFC 8259) as C's `strtod` reads it.
///
/// - Returns: nil where the text is no number; infinite where no `Double` holds it.
package func slowNumber(_ text: [UInt8]) -> Double? {
  var rest = text[...]
  func digits() -> Int {
    let count = rest.prefix { (0x30...0x39).contains($0) }.count
    rest = rest.dropFirst(count)
    return count
  }
  if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
  let leadsWithZero = rest.first == UInt8(ascii: "0")
  let whole = digits()
  guard whole > 0, whole == 1 || !leadsWithZero else { return nil }
  if rest.first == UInt8(ascii: ".") {
    rest = rest.dropFirst()
    guard digits() > 0 else { return nil }
  }
  if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
    rest = rest.dropFirst()
    if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    guard digits() > 0 else { return nil }
  }
  guard rest.isEmpty else { return nil }
  return strtod(String(decoding: text, as: UTF8.self), nil)
}
