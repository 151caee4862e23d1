/// A credential. Whatever prints it, prints `•••`.
package struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let text: String

  package init(_ text: String) { self.text = text }

  /// The credential itself: only for what is sent to the server that it belongs to.
  package func reveal() -> String { text }

  static let mask = "•••"

  package var description: String { Self.mask }
  package var debugDescription: String { Self.mask }
  /// Without children, so that `dump` and `String(reflecting:)` of a value that holds it show nothing either.
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension String {
  /// This text with every credential in it masked, and one that the text's end cuts off. One that is shorter than four
  /// bytes is let be: masking `a` would leave no text, and hide nothing.
  func masking(_ credentials: [String]) -> String {
    let long = credentials.filter { $0.utf8.count >= 4 }.sorted { $0.utf8.count > $1.utf8.count }
    let masked = long.reduce(self) { $0.replacing($1, with: Secret.mask) }
    let isCut = masked.hasSuffix("…")
    var text = Substring(masked)
    if isCut { text.removeLast() }
    for credential in long {
      for count in stride(from: credential.count - 1, through: 4, by: -1)
      where text.hasSuffix(credential.prefix(count)) {
        text = text.dropLast(count) + Substring(Secret.mask)
      }
    }
    return text + (isCut ? "…" : "")
  }
}
