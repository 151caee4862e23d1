import Configuration
import Feeds
import FluxMetrics
import Glibc
import Intake
import Logging
import Logs
import Server
import ServiceLifecycle

/// How the service is watched: its log, and where it answers to whoever asks.
extension Settings {
  /// Lines on standard error, since standard output is for data: text on a terminal, else JSON, unless log-format says.
  ///
  /// - Parameter metrics: counts every line of level error or above; nil where nobody reads them.
  /// - Throws: ``SettingError``.
  func logger(_ metrics: CollectorMetrics? = nil) throws -> Logger {
    let reader = layers.reader.scoped(to: "flux.log")
    let level: Logger.Level = try Self.choice(
      reader.string(forKey: "level"), of: Logger.Level.allCases.map { ($0.rawValue, $0) }, "log-level", initial: .info)
    let automatic: LineHandler.Format = isatty(STDERR_FILENO) == 1 ? .text : .json
    let format: LineHandler.Format = try Self.choice(
      reader.string(forKey: "format"), of: [("text", .text), ("json", .json), ("auto", automatic)], "log-format",
      initial: automatic)
    return Logger(label: "flux-market") { _ in
      LineHandler(format, level: level, now: Pacing.system.now) { metrics?.loggedError(subsystem: $0) }
    }
  }

  /// Where the health server listens; nil where it is off.
  ///
  /// - Throws: `ListenAddress.Malformed`.
  var health: ListenAddress? {
    get throws {
      let text = layers.reader.scoped(to: "flux").string(forKey: "health") ?? "127.0.0.1:9464"
      return text == "off" ? nil : try ListenAddress(text)
    }
  }

  /// Whom others than this machine must be to read the metrics; nil where no file of tokens is named.
  ///
  /// - Throws: `APITokens.Malformed`.
  var apiTokens: APITokens? {
    get throws {
      try layers.reader.scoped(to: "flux.api.tokens").string(forKey: "file").map(APITokens.init(file:))
    }
  }

  /// The services beside the collector that let it be watched: health and metrics where they are on, and word to
  /// systemd where it listens.
  ///
  /// - Parameters:
  ///   - readiness: what the collector needs, and whether it has it; asked at each `/readyz`, and must not wait.
  ///   - isAlive: whether its schedule goes on; systemd restarts a service that is not.
  /// - Throws: `ListenAddress.Malformed`, `APITokens.Malformed`, `TokensMissing`.
  func watchers(
    _ metrics: CollectorMetrics, logger: Logger, readiness: @escaping @Sendable () async -> Readiness,
    isAlive: @escaping @Sendable () async -> Bool
  ) throws -> [any Service] {
    var services: [any Service] = []
    if let address = try health {
      services.append(
        try HealthServer(address, metrics: metrics, tokens: try apiTokens, logger: logger, readiness: readiness))
    }
    let systemd = SystemdNotifier(environment: environment, isAlive: isAlive) { try await Task.sleep(for: $0) }
    if let systemd { services.append(systemd) }
    return services
  }

  private static func choice<Value>(
    _ text: String?, of choices: [(name: String, value: Value)], _ setting: String, initial: Value
  ) throws -> Value {
    guard let text else { return initial }
    if let chosen = choices.first(where: { $0.name == text }) { return chosen.value }
    let names = choices.map(\.name)
    let near = nearest(to: text, of: names).map { "write \($0)" } ?? "write one of \(names.joined(separator: ", "))"
    throw SettingError(description: "\(setting) is \"\(text)\": \(near)")
  }
}
