import Crypto
import FoundationEssentials

/// A place to go on from, as text that can be told from any other: two numbers and a checksum over them and over what
/// they belong to, in the URL alphabet of base64 (RFC 4648, section 5).
///
/// The checksum keeps mistakes out, not attackers: whoever makes up a cursor reads nothing that they may not read.
struct Cursor: Hashable, CustomStringConvertible {
  let first: UInt64
  let second: UInt64
  /// The request that it belongs to.
  let subject: String

  private static let checksumBytes = 6

  init(_ first: UInt64, _ second: UInt64, of subject: String) {
    self.first = first
    self.second = second
    self.subject = subject
  }

  /// - Returns: nil for what is no cursor of this subject.
  init?(_ text: some StringProtocol, of subject: String) {
    guard text.utf8.count == 30,
      let bytes = Data(base64Encoded: Self.swapped(String(text), ["-": "+", "_": "/"]) + "=="),
      bytes.count == 16 + Self.checksumBytes
    else { return nil }
    func number(at place: Int) -> UInt64 {
      bytes[(bytes.startIndex + place)...].prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
    self.init(number(at: 0), number(at: 8), of: subject)
    guard description == text else { return nil }
  }

  var description: String {
    var bytes = Data()
    for number in [first, second] {
      withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
    let checksum = SHA256.hash(data: Data(subject.utf8) + bytes)
    bytes.append(contentsOf: checksum.prefix(Self.checksumBytes))
    return Self.swapped(String(bytes.base64EncodedString().prefix { $0 != "=" }), ["+": "-", "/": "_"])
  }

  private static func swapped(_ text: String, _ characters: [Character: Character]) -> String {
    String(text.map { characters[$0] ?? $0 })
  }
}
