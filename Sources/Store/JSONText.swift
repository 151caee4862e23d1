internal import Market

/// Rejects and flags as the JSON that `flux_ops.record_rejects` and `flux_ops.record_flags` take.
enum JSONText {
  /// - Parameter window: what was asked for.
  static func array(of rejects: [Reject], window: Window?) -> String {
    array(
      rejects.map { reject in
        object([
          ("place", string(reject.place)), ("time", optional(reject.time)), ("field", string(reject.field)),
          ("value", string(reject.value)), ("reason", string(reject.reason)), ("url", optional(reject.url)),
          ("sample", optional(reject.sample)), ("from_time", optional(window?.from.description)),
          ("to_time", optional(window?.to.description)),
        ])
      })
  }

  static func array(of flags: [ImplausibleValue]) -> String {
    array(
      flags.map { flag in
        object([
          ("type", String(flag.signal)), ("time", string(flag.time.description)),
          ("value", flag.value.isFinite ? "\(flag.value)" : "null"), ("reason", string(flag.reason)),
        ])
      })
  }

  private static func array(_ elements: [String]) -> String { "[\(elements.joined(separator: ","))]" }

  private static func object(_ pairs: [(String, String)]) -> String {
    "{\(pairs.map { "\(string($0)):\($1)" }.joined(separator: ","))}"
  }

  private static func optional(_ text: String?) -> String { text.map(string) ?? "null" }

  /// PostgreSQL's text has no NUL.
  static func string(_ text: String) -> String {
    jsonString(String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 })))
  }
}
