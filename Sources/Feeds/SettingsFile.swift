internal import Yams

/// The program's configuration file: YAML, a setting a line, each under its own name.
///
///     state-dir: /srv/flux
///     modo-token-file: /run/secrets/modo
///     host-elexon-rate: 120
package struct SettingsFile: Sendable {
  package struct Line: Hashable, Sendable {
    package let name: String
    package let value: String
    /// Counted from 1.
    package let line: Int
  }

  package let lines: [Line]

  /// - Parameters:
  ///   - file: as it is named to people.
  ///   - names: all settings that there are, beside those of hosts: `host-elexon-url`, `host-elexon-rate`.
  /// - Throws: ``FeedsRefused`` with every line that is none of them, twice there, or no plain value.
  package init(_ bytes: [UInt8], file: String, names: [String]) throws(FeedsRefused) {
    let nodes = NodeReader(file: file)
    var lines: [Line] = []
    // Of comments alone: everything is as it is without a file.
    let isEmpty = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      .allSatisfy { $0.drop(while: \.isWhitespace).first ?? "#" == "#" }
    if !isEmpty, let root = FeedDocument.root(bytes, reader: nodes),
      let entries = nodes.mapping(root, "the configuration file")
    {
      for entry in entries.pairs {
        guard names.contains(entry.name) || Self.isOfHost(entry.name) else {
          nodes.complain(
            at: entry.key, "there is no setting \"\(entry.name)\"",
            cure: nearest(to: entry.name, of: names).map { "write \($0)" }
              ?? "`flux-market config` lists the settings that there are")
          continue
        }
        guard case .scalar(let scalar) = entry.value else {
          nodes.complain(at: entry.value, "\(entry.name) is no plain value", cure: "write \(entry.name): and one value")
          continue
        }
        lines.append(Line(name: entry.name, value: scalar.string, line: entry.key.mark?.line ?? 1))
      }
    }
    guard nodes.complaints.isEmpty else { throw FeedsRefused(nodes.complaints) }
    self.lines = lines
  }

  /// `host-elexon-portal-url`: of whichever hosts hosts.yaml has.
  package static func isOfHost(_ name: String) -> Bool {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    let id = parts.dropFirst().dropLast().joined(separator: "-")
    return parts.first == "host" && (parts.last == "url" || parts.last == "rate") && isIdentifier(id)
  }
}
