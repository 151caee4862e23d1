/// The text of a member of a JSON object's first level, such as a token's; nil where there is none.
package func stringMember(_ name: String, of bytes: [UInt8]) -> String? {
  let span = bytes.span
  var scanner = JSONScanner()
  let wanted = Array(name.utf8)
  var found: String?
  do throws(Malformed) {
    guard try scanner.take(UInt8(ascii: "{"), span), try !scanner.take(UInt8(ascii: "}"), span) else { return nil }
    repeat {
      let key = try scanner.key(span)
      let value = try scanner.value(span)
      guard span.has(wanted, at: key.start, count: key.count) else { continue }
      switch value.kind {
      case .text: found = String(decoding: span.bytes(from: value.start, count: value.count), as: UTF8.self)
      case .escaped: found = unescapedJSON(value, in: span).map { String(decoding: $0, as: UTF8.self) }
      default: found = nil
      }
    } while try scanner.hasMore(UInt8(ascii: "}"), span)
  } catch { return nil }
  return found
}
