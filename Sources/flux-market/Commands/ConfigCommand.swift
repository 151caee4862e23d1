import ArgumentParser
import EmbeddedPostgres
import Feeds

struct ConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "The settings: what each is, and where it was set.",
    discussion: """
      flux-market config
      flux-market config --config ./flux.yaml --host-elexon-rate 60 --format json

      Each is a flag (--state-dir DIR), a variable (FLUX_STATE_DIR) or a line of the configuration file
      (state-dir: DIR), in this order. The file is the one of --config or FLUX_CONFIG, else
      ~/.config/flux-market/config.yaml, else /etc/flux-market/config.yaml. A secret is better kept in a file of its
      own, which NAME-file names; it is never a flag, and never printed.
      """)

  @OptionGroup var output: OutputOptions

  func run() async throws {
    let settings = try Settings()
    var rows = RowWriter(["setting", "value", "from", "what"], options: output, london: settings.london)
    for setting in Setting.all {
      rows.write(Self.row(setting.name, what: setting.what, isSecret: setting.isSecret, settings, setting.initial))
    }
    for name in Self.hostSettings(settings.layers) {
      rows.write(Self.row(name, what: "Replaces what hosts.yaml says.", isSecret: false, settings, nil))
    }
    rows.finish(none: "")
  }

  private static func row(
    _ name: String, what: String, isSecret: Bool, _ settings: Settings, _ initial: String?
  ) -> [Cell] {
    guard let found = settings.layers.find(Setting.variable(name)) else {
      // Where it follows from the user or the machine, what came of it says more than the rule.
      let value = name == "state-dir" ? settings.state.path : name == "share-dir" ? settings.shareFolder : initial
      return [.text(name), Cell(value), .text(value == nil ? "not set" : "default"), .text(what)]
    }
    let value = found.isFile ? "the text of \(found.value)" : isSecret ? "(a secret)" : found.value
    return [.text(name), .text(value), .text(found.origin), .text(what)]
  }

  /// `host-elexon-rate` of each that was set, in alphabetical order.
  private static func hostSettings(_ layers: SettingLayers) -> [String] {
    let names = layers.environment.keys.filter { $0.hasPrefix("FLUX_HOST_") }.map { variable in
      variable.dropFirst("FLUX_".count).lowercased().map { $0 == "_" ? "-" : String($0) }.joined()
    }
    return names.filter(SettingsFile.isOfHost).sorted()
  }
}
