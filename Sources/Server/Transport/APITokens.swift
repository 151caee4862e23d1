import Crypto
import FoundationEssentials

/// Whom a server answers that others than this machine can reach: bearer tokens, known by their SHA-256 alone.
///
/// The file has a line a token: 64 hexadecimal digits, then a name for people, if any. Empty lines and those that begin
/// with # say nothing. `printf %s TOKEN | sha256sum` makes one.
package struct APITokens: Sendable {
  private let digests: [[UInt8]]

  package struct Malformed: Error, Hashable, CustomStringConvertible {
    package let path: String
    /// Counted from 1; nil where the file itself is at fault.
    package let line: Int?
    package let reason: String

    /// The line's own text is left out: somebody may have put the token itself there.
    package var description: String {
      "\(path)\(line.map { ":\($0)" } ?? ""): \(reason); a line is the SHA-256 of a token in hexadecimal, then a name: "
        + "`printf %s TOKEN | sha256sum` prints it"
    }
  }

  /// - Parameter path: the file of digests; FLUX_API_TOKENS_FILE.
  package init(file path: String) throws(Malformed) {
    guard let data = FileManager.default.contents(atPath: path), let text = String(validating: data, as: UTF8.self)
    else { throw Malformed(path: path, line: nil, reason: "the file of tokens cannot be read") }
    var digests: [[UInt8]] = []
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard let word = line.split(whereSeparator: \.isWhitespace).first, word.first != "#" else { continue }
      guard let digest = Self.bytes(ofHexadecimal: word), digest.count == SHA256.byteCount else {
        throw Malformed(path: path, line: number + 1, reason: "this is no SHA-256")
      }
      digests.append(digest)
    }
    guard !digests.isEmpty else { throw Malformed(path: path, line: nil, reason: "the file holds no token") }
    self.digests = digests
  }

  private static func bytes(ofHexadecimal text: Substring) -> [UInt8]? {
    let digits = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[index], let low = digits[index + 1] else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    return bytes
  }

  /// - Parameter header: of a request: `Bearer …` (RFC 6750), or `Basic …` (RFC 7617) with the token as password, which
  ///   browsers and spreadsheets can ask their users for.
  package func allow(authorization header: String?) -> Bool {
    guard let header, let space = header.firstIndex(of: " ") else { return false }
    let credentials = String(header[space...].drop { $0 == " " })
    let token: [UInt8]
    switch header[..<space].lowercased() {
    case "bearer": token = Array(credentials.utf8)
    case "basic":
      guard let pair = Data(base64Encoded: credentials), let colon = pair.firstIndex(of: UInt8(ascii: ":")) else {
        return false
      }
      token = Array(pair[(colon + 1)...])
    default: return false
    }
    let digest = SHA256.hash(data: token)
    // Each is compared, and each in constant time: how long it takes tells nothing of which was nearly right.
    return digests.reduce(false) { allowed, known in digest == known || allowed }
  }
}
