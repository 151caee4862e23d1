internal import Market

/// Rejects and flags as the JSON that `flux_ops.record_rejects` and `flux_ops.record_flags` take.
enum JSONText {
  static func array(of rejects: [Reject]) -> String {
    array(
      rejects.map { reject in
        object([
          ("place", string(reject.place)), ("time", reject.time.map(string) ?? "null"),
          ("field", string(reject.field)), ("value", string(reject.value)), ("reason", string(reject.reason)),
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

  /// PostgreSQL's text has no NUL.
  static func string(_ text: String) -> String {
    jsonString(String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 })))
  }
}
