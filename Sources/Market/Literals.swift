// How a text is written inside other texts: what every target that writes JSON or URLs shares.

/// `text` as a JSON string, quotes included (RFC 8259).
package func jsonString(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case _ where scalar.value < 0x20: result += "\\u00" + hexadecimal(UInt8(scalar.value))
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}

/// A value with the fewest digits that name the same: `160` and `9.56`, never `9.5600004`, and no exponent where whole
/// digits say as much.
package func shortest(_ value: Float) -> String {
  guard value == value.rounded(), abs(value) < 1e15 else { return "\(value)" }
  // -0 is a value of its own where a file is to be read back.
  return value == 0 && value.sign == .minus ? "-0" : String(Int(value))
}

/// A field of a line of CSV, in quotes where it needs them. Source: RFC 4180.
package func csvField(_ text: String) -> String {
  guard text.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return text }
  return "\"" + text.replacing("\"", with: "\"\"") + "\""
}

/// All but RFC 3986's unreserved characters as `%XX`.
package func percentEncoded(_ text: String) -> String {
  var result = ""
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
      result.unicodeScalars.append(UnicodeScalar(byte))
    default: result += "%" + hexadecimal(byte)
    }
  }
  return result
}

private func hexadecimal(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16, uppercase: true)
  return digits.count == 1 ? "0" + digits : digits
}
