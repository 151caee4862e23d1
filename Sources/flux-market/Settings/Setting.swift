import Feeds

/// One setting. Its name is a flag (`--state-dir`), a variable (`FLUX_STATE_DIR`) and a line of the configuration file
/// (`state-dir:`), in this order of precedence.
struct Setting {
  let name: String
  /// One sentence.
  let what: String
  /// What holds where nobody sets it, in words; nil where nothing does.
  let initial: String?
  /// A secret is no flag, which every user of the machine could read: `--NAME-file` names a file that holds it.
  let isSecret: Bool

  private init(_ name: String, _ what: String, initial: String? = nil, isSecret: Bool = false) {
    self.name = name
    self.what = what
    self.initial = initial
    self.isSecret = isSecret
  }

  /// Those of hosts aside (`host-elexon-url`, `host-elexon-rate`), which hosts.yaml has the defaults of.
  static let all = [
    Setting(
      "database-url", "The database, as libpq takes it.", initial: "PG… variables, else embedded", isSecret: true),
    Setting("state-dir", "Where the embedded database, the spool and kept replies are.", initial: "by user"),
    Setting("share-dir", "The folder that holds feeds/, migrations/, api/ and page/.", initial: "beside the program"),
    Setting("postgres-bin", "The folder of PostgreSQL's programs.", initial: "the newest installed"),
    Setting("contact", "An e-mail address or URL that providers can write to before they block."),
    Setting("health", "Where /livez, /readyz and /metrics are; off for nowhere.", initial: "127.0.0.1:9464"),
    Setting("api-tokens-file", "The file of tokens that may read the API and /metrics where others can reach them."),
    Setting("api-origins", "Whose scripts may read the API: https://desk.example, with commas between."),
    Setting("tls-certificate", "The API's certificate and those that it was signed with, a file of PEM."),
    Setting("tls-key", "The certificate's key, a file of PEM."),
    Setting("spool-limit", "What the spool may take of the disk, in KiB, MiB or GiB; at it nothing more is asked.", initial: "1 GiB"),
    Setting(
      "archive-limit", "What kept replies may take of the disk, in KiB, MiB or GiB; the oldest go.", initial: "1 GiB"),
    Setting("archive-days", "For how many days replies are kept.", initial: "365"),
    Setting("log-format", "How logs are written: text, json, or auto (text on a terminal).", initial: "auto"),
    Setting("log-level", "From which level on: trace, debug, info, notice, warning, error, critical.", initial: "info"),
    Setting("modo-token", "Modo's token, which allows more than one call a minute.", isSecret: true),
    Setting("axle-username", "Axle's log-in.", isSecret: true),
    Setting("axle-password", "Axle's password.", isSecret: true),
    Setting("axle-assets", "The batteries that Axle dispatches, ID=MAX_KW,…"),
    Setting("elexon-portal-key", "The scripting key of an account of Elexon's Portal.", isSecret: true),
  ]

  /// What may be written: a secret's file beside the secret itself.
  static let names = all.flatMap { $0.isSecret ? [$0.name, "\($0.name)-file"] : [$0.name] }

  /// `state-dir` → `FLUX_STATE_DIR`.
  static func variable(_ name: String) -> String {
    "FLUX_" + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
  }

  /// Whether `--NAME` sets it.
  static func isFlag(_ name: String) -> Bool {
    name == SettingFlags.file || SettingsFile.isOfHost(name)
      || names.contains(name) && !all.contains { $0.name == name && $0.isSecret }
  }
}
