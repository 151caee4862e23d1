import Configuration
import Feeds
import FoundationEssentials
import Glibc

/// Where settings come from, the first that has one winning: flags, the environment, systemd's credentials, the file.
///
/// Each is held under the names of variables, so that feeds and hosts, whose settings nobody here knows, read theirs
/// from one dictionary wherever they were set.
struct SettingLayers {
  struct Layer {
    /// `flag`, `environment`, `credential`, or the file's path.
    let origin: String
    let values: [String: String]
    /// Of a file: where a variable's setting stands.
    var lines: [String: Int] = [:]
  }

  let layers: [Layer]
  /// What somebody should know, and what works nevertheless.
  let warnings: [String]

  /// - Parameter changes: stand before all others.
  /// - Throws: `FeedsRefused` for what the configuration file says wrongly, ``SettingError`` where it is not there.
  init(flags: SettingFlags, environment: [String: String], changes: [String: String]) throws {
    var warnings: [String] = []
    let named = Dictionary(uniqueKeysWithValues: flags.values.map { (Setting.variable($0.key), $0.value) })
    var layers = [Layer(origin: "flag", values: named), Layer(origin: "environment", values: environment)]
    if !changes.isEmpty { layers.insert(Layer(origin: "this command", values: changes), at: 0) }
    if let folder = environment["CREDENTIALS_DIRECTORY"] { layers.append(Self.credentials(folder)) }
    if let path = try Self.path(flags: flags, environment: environment) {
      layers.append(try Self.file(path, &warnings))
    }
    self.layers = layers
    self.warnings = warnings
  }

  /// For swift-configuration, in order of precedence.
  var reader: ConfigReader {
    ConfigReader(
      providers: layers.map { layer in
        EnvironmentVariablesProvider(environmentVariables: layer.values.filter { !$0.value.isEmpty })
      })
  }

  /// As if all had been set in the environment. A setting's file gives way with the setting itself.
  var environment: [String: String] {
    var merged: [String: String] = [:]
    var known: Set<String> = []
    for layer in layers {
      let set = layer.values.filter { !$0.value.isEmpty }
      merged.merge(set.filter { !known.contains(Self.subject($0.key)) }) { first, _ in first }
      known.formUnion(set.keys.map(Self.subject))
    }
    return merged
  }

  /// Where a variable, or the variable that names its file, was set first.
  ///
  /// - Returns: the value, and the origin in words; nil where nobody set it.
  func find(_ variable: String) -> (value: String, isFile: Bool, origin: String)? {
    for layer in layers {
      for (name, isFile) in [(variable, false), ("\(variable)_FILE", true)] {
        guard let value = layer.values[name], !value.isEmpty else { continue }
        let line = layer.lines[name].map { ":\($0)" } ?? ""
        return (value, isFile, layer.origin == "environment" ? name : layer.origin + line)
      }
    }
    return nil
  }

  /// `FLUX_MODO_TOKEN_FILE` → `FLUX_MODO_TOKEN`.
  private static func subject(_ variable: String) -> String {
    variable.hasSuffix("_FILE") ? String(variable.dropLast("_FILE".count)) : variable
  }

  // MARK: - systemd's credentials

  /// A file a credential, named as the setting that it holds: `modo-token`; where systemd was given a folder of them,
  /// `NAME_modo-token`.
  /// Source: systemd.exec(5), LoadCredential=.
  private static func credentials(_ folder: String) -> Layer {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let values = names.compactMap { name in
      name.split(separator: "_").last.map { (Setting.variable(String($0)) + "_FILE", "\(folder)/\(name)") }
    }
    return Layer(origin: "credential", values: Dictionary(values) { first, _ in first })
  }

  // MARK: - The file

  /// The one that is named, else the user's own, else the machine's; nil where there is none.
  private static func path(flags: SettingFlags, environment: [String: String]) throws -> String? {
    let named = flags.values[SettingFlags.file] ?? environment["FLUX_CONFIG"] ?? ""
    if !named.isEmpty {
      guard access(named, R_OK) == 0 else {
        throw SettingError(
          description: "the configuration file \(named) cannot be read: \(String(cString: strerror(errno)))")
      }
      return named
    }
    let home = environment["HOME"].map { $0 + "/.config" }
    let folders = [environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home, "/etc"]
    return folders.compactMap { $0.map { "\($0)/flux-market/config.yaml" } }.first { access($0, F_OK) == 0 }
  }

  private static func file(_ path: String, _ warnings: inout [String]) throws -> Layer {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw SettingError(description: "the configuration file \(path) cannot be read: make it readable, or remove it")
    }
    let file = try SettingsFile([UInt8](data), file: path, names: Setting.names)
    let secrets = Set(Setting.all.filter(\.isSecret).map(\.name))
    if let secret = file.lines.first(where: { secrets.contains($0.name) }), isReadByOthers(path) {
      warnings.append(
        "\(path):\(secret.line) holds a secret (\(secret.name)), and others can read the file: chmod 600 \(path), "
          + "or write \(secret.name)-file")
    }
    func byVariable<T>(_ value: (SettingsFile.Line) -> T) -> [String: T] {
      Dictionary(uniqueKeysWithValues: file.lines.map { (Setting.variable($0.name), value($0)) })
    }
    return Layer(origin: path, values: byVariable(\.value), lines: byVariable(\.line))
  }

  /// The C function is `stat`.
  private static func isReadByOthers(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & (S_IRWXG | S_IRWXO) != 0
  }
}
