/// How to reach the embedded server, which listens on one unix socket and nowhere else.
package struct ConnectionInfo: Sendable, Equatable {
  /// The folder of the socket: what libpq takes as `host`.
  package let socketFolder: String
  /// No TCP port: only the number in the socket's name, `.s.PGSQL.5432`.
  package let port: Int
  /// The cluster's superuser.
  package let user: String
  package let majorVersion: Int
  package let processID: Int32

  /// A libpq URI, `postgresql://postgres@/flux?host=%2Frun%2F…&port=5432`. It holds no secret: who may enter the
  /// socket's folder may connect.
  package func url(database: String) -> String {
    "postgresql://\(percentEncoded(user))@/\(percentEncoded(database))"
      + "?host=\(percentEncoded(socketFolder))&port=\(port)"
  }
}

/// RFC 3986: all but the unreserved characters as %XX, of each byte of UTF-8.
func percentEncoded(_ text: String) -> String {
  var encoded = ""
  for byte in text.utf8 {
    let character = Character(UnicodeScalar(byte))
    if character.isASCII, character.isLetter || character.isNumber || "-._~".contains(character) {
      encoded.append(character)
    } else {
      encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
  }
  return encoded
}
