import Configuration
import EmbeddedPostgres
import Feeds
import FoundationEssentials
import Glibc
import Leases
import Market
import Postgres

/// What somebody set, read once when a command begins: by flags, in the environment, in a file.
///
/// Feeds and hosts read their own settings from `environment`.
struct Settings {
  /// Every setting as if it had been set in the environment.
  let environment: [String: String]
  let layers: SettingLayers
  let london: LondonClock
  let state: StateFolder
  /// Where `feeds/` and `migrations/` are.
  let shareFolder: String
  /// Told to providers in the User-Agent, so that they can write before they block.
  let contact: String?

  /// - Parameter changes: replaces what was set, as the demo does for simulated feeds.
  /// - Throws: `FeedsRefused` for the configuration file, `ZoneDataError`, ``SettingError``.
  init(changes: [String: String] = [:]) throws {
    layers = try SettingLayers(
      flags: .given, environment: ProcessInfo.processInfo.environment, changes: changes)
    environment = layers.environment
    if changes.isEmpty { layers.warnings.forEach { tell("warning: \($0)") } }
    let reader = layers.reader.scoped(to: "flux")
    london = try LondonClock(directories: LondonClock.systemDirectories(environment: environment))
    state = StateFolder(environment: environment)
    contact = reader.string(forKey: "contact")
    shareFolder = try Self.shareFolder(named: reader.string(forKey: "share.dir"))
  }

  var feedsFolder: String { shareFolder + "/feeds" }
  var migrationsFolder: String { shareFolder + "/migrations" }
  /// Where `collect` keeps what waits for the database.
  var spoolFolder: String { state.path + "/spool" }
  /// The same for made-up values, which must never get among the others.
  var simulatedSpoolFolder: String { state.path + "/spool-simulated" }
  /// Which hosts `collect` held last.
  var heldHosts: HeldHosts { HeldHosts(path: state.path + "/held-hosts") }

  /// A database that somebody configured, in our words or in libpq's; nil where it is left to us.
  ///
  /// Empty text leaves it to libpq's own environment.
  func configuredDatabase() throws -> String? {
    if let url = try CredentialSetting.value("FLUX_DATABASE_URL", in: environment) { return url }
    let ofLibpq = ["PGSERVICE", "PGHOST", "PGHOSTADDR", "PGDATABASE"]
    return ofLibpq.contains { environment[$0]?.isEmpty == false } ? "" : nil
  }

  /// Where commands about the embedded database are used beside a configured one, which all others use.
  func tellIfConfigured() throws {
    guard let configured = try configuredDatabase() else { return }
    tell("note: other commands use the configured database, \(try ConnectionSettings(configured))")
  }

  /// The program itself, links followed.
  static var programPath: String {
    guard let path = realpath("/proc/self/exe", nil) else { return CommandLine.arguments.first ?? "flux-market" }
    defer { free(path) }
    return String(cString: path)
  }

  /// The folder given, else ../share/flux-market beside the program, else the checkout that the program was built in,
  /// whatever the current folder is.
  private static func shareFolder(named: String?) throws -> String {
    func isShare(_ folder: String) -> Bool {
      access(folder + "/feeds/hosts.yaml", R_OK) == 0 && access(folder + "/migrations/sqitch.plan", R_OK) == 0
    }
    if let named, !named.isEmpty {
      guard isShare(named) else {
        throw SettingError(description: "FLUX_SHARE_DIR is \(named), which holds no feeds/ and migrations/")
      }
      return named
    }
    var parts = programPath.split(separator: "/").dropLast()
    let installed = "/" + parts.dropLast().joined(separator: "/") + "/share/flux-market"
    if isShare(installed) { return installed }
    while !parts.isEmpty {
      let folder = "/" + parts.joined(separator: "/")
      if isShare(folder) { return folder }
      parts = parts.dropLast()
    }
    throw SettingError(
      description: "the folders feeds/ and migrations/ are neither beside the program nor above it: "
        + "name the folder that holds them with FLUX_SHARE_DIR")
  }
}
