import Market

/// What the collector needs to do its work, and whether it has it.
package struct Readiness: Hashable, Sendable {
  package struct Check: Hashable, Sendable {
    /// One word or two: `database`, `spool`, `feeds`.
    package let name: String
    package let isOK: Bool
    /// Why, in a sentence without secrets.
    package let says: String

    package init(_ name: String, isOK: Bool, says: String) {
      self.name = name
      self.isOK = isOK
      self.says = says
    }
  }

  package let checks: [Check]

  package init(_ checks: [Check]) { self.checks = checks }

  package var isReady: Bool { checks.allSatisfy(\.isOK) }

  /// A line for each check below the answer.
  package var text: String {
    let lines = checks.map { "\($0.isOK ? "ok     " : "missing") \($0.name): \($0.says)\n" }
    return "\(isReady ? "ready" : "not ready")\n\(lines.joined())"
  }

  /// `{"ready": false, "checks": [{"name": "database", "ok": false, "says": "…"}]}`
  package var json: String {
    let checks = checks.map {
      "{\"name\": \(jsonString($0.name)), \"ok\": \($0.isOK), \"says\": \(jsonString($0.says))}"
    }
    return "{\"ready\": \(isReady), \"checks\": [\(checks.joined(separator: ", "))]}\n"
  }
}
