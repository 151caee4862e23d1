import FoundationEssentials

/// A setting that may be a secret: `NAME` holds it, or `NAME_FILE` names the file that does.
package enum CredentialSetting {
  /// `NAME_FILE` names a file that cannot be read.
  package struct Unreadable: Error, Hashable, CustomStringConvertible {
    package let name: String
    package let path: String

    /// `FLUX_MODO_TOKEN_FILE names /run/token, which cannot be read`.
    package var description: String { "\(name)_FILE names \(path), which cannot be read" }
  }

  /// - Returns: nil where it is not set, or empty. Spaces and line ends around a file's text are no part of it.
  package static func value(_ name: String, in environment: [String: String]) throws(Unreadable) -> String? {
    if let value = environment[name], !value.isEmpty { return value }
    guard let path = environment["\(name)_FILE"], !path.isEmpty else { return nil }
    guard let data = FileManager.default.contents(atPath: path), let text = String(validating: data, as: UTF8.self)
    else {
      throw Unreadable(name: name, path: path)
    }
    var value = text.drop(while: \.isWhitespace)
    while value.last?.isWhitespace == true { value.removeLast() }
    return value.isEmpty ? nil : String(value)
  }
}
