/// The settings that were given as flags: `--state-dir DIR` or `--state-dir=DIR`, anywhere before a `--`.
struct SettingFlags {
  /// Names the configuration file; FLUX_CONFIG does as well.
  static let file = "config"

  /// By name.
  let values: [String: String]
  /// The arguments without them, for the command's own parser.
  let rest: [String]

  /// Those of this process.
  static let given = SettingFlags(Array(CommandLine.arguments.dropFirst()))

  init(_ arguments: [String]) {
    var values: [String: String] = [:]
    var rest: [String] = []
    var left = arguments[...]
    while let word = left.popFirst() {
      guard word != "--" else {
        rest += [word] + left
        break
      }
      let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard word.hasPrefix("--"), let name = parts.first.map(String.init), Setting.isFlag(name),
        let value = parts.count == 2 ? String(parts[1]) : left.popFirst()
      else {
        rest.append(word)
        continue
      }
      values[name] = value
    }
    self.values = values
    self.rest = rest
  }
}
