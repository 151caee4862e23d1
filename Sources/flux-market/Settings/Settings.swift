import Archive
import Configuration
import EmbeddedPostgres
import Feeds
import FoundationEssentials
import Glibc
import Leases
import Market
import Postgres
import Spool
import Store

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
  /// Bytes that the spool may take.
  ///
  /// - Throws: ``SettingError`` for what is no size.
  var spoolLimit: Int64 { get throws { try size("spool") ?? Spool.defaultLimit } }
  /// The same for made-up values, which must never get among the others.
  var simulatedSpoolFolder: String { state.path + "/spool-simulated" }
  /// Where replies of feeds with `archive: on` are kept, those of made-up values apart.
  ///
  /// - Parameter report: told when replies cannot be kept, and when they can again.
  /// - Throws: ``SettingError``.
  func archive(simulated: Bool, report: @escaping @Sendable (String) -> Void = { _ in }) throws -> ReplyArchive {
    var bounds = ReplyArchive.Bounds()
    bounds.bytes = try size("archive") ?? bounds.bytes
    if let text = layers.reader.scoped(to: "flux.archive").string(forKey: "days") {
      guard let days = Int(text), (1...36_500).contains(days) else {
        throw SettingError(description: "archive-days is \"\(text)\": write a number of days from 1 on")
      }
      bounds.age = .days(days)
    }
    return ReplyArchive(
      folder: state.path + (simulated ? "/replies-simulated" : "/replies"), bounds: bounds, report: report)
  }

  /// `NAME-limit`; nil where nobody set it.
  private func size(_ name: String) throws -> Int64? {
    guard let text = layers.reader.scoped(to: ConfigKey(["flux", name])).string(forKey: "limit") else { return nil }
    let units: [(String, Int64)] = [("KiB", 10), ("MiB", 20), ("GiB", 30)]
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }
    guard let count = Int64(digits), count > 0, let power = units.first(where: { $0.0 == unit })?.1,
      count <= Int64.max >> power
    else { throw SettingError(description: "\(name)-limit is \"\(text)\": write a size such as 512 MiB or 2 GiB") }
    return count << power
  }

  /// Which hosts `collect` held last.
  var heldHosts: HeldHosts { HeldHosts(path: state.path + "/held-hosts") }

  /// Which signals the database had last, that of made-up values apart.
  func knownSignals(simulated: Bool) -> KnownSignals {
    KnownSignals(path: state.path + (simulated ? "/signals-simulated" : "/signals"))
  }

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
