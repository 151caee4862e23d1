import Configuration
import Intake
import Logging
import Server

/// How the API is served.
extension Settings {
  /// - Throws: ``SettingError``, `APITokens.Malformed`, `UnsafeAddress`, `UnreadableCertificate`.
  func apiServer(_ options: APIOptions, _ database: DatabaseAccess, logger: Logger) throws -> APIServer {
    var api = APISettings(ListenAddress(host: options.bind, port: options.port), shareFolder: shareFolder)
    api.tokens = try apiTokens
    api.certificate = try certificate
    api.isBehindProxy = options.behindProxy
    api.origins = try apiOrigins
    api.isSimulated = database.isSimulated
    // Each client takes a file descriptor, and so do the database, the log and the page.
    api.limits.connections = min(api.limits.connections, max(16, OpenFiles.raised() - 100))
    api.limits.streams = min(api.limits.streams, api.limits.connections * 3 / 4)
    return try APIServer(
      api, database: database.settings, london: london, logger: logger, now: Pacing.system.now)
  }

  private var certificate: APISettings.Certificate? {
    get throws {
      let reader = layers.reader.scoped(to: "flux.tls")
      let (chain, key) = (reader.string(forKey: "certificate"), reader.string(forKey: "key"))
      switch (chain, key) {
      case (nil, nil): return nil
      case (let chain?, let key?): return APISettings.Certificate(chain: chain, key: key)
      default: throw SettingError(description: "tls-certificate and tls-key belong together: name both files")
      }
    }
  }

  private var apiOrigins: [String] {
    get throws {
      let text = layers.reader.scoped(to: "flux.api").string(forKey: "origins") ?? ""
      let origins = text.split(separator: ",").map { String($0.drop { $0 == " " }) }
      for origin in origins {
        let parts = origin.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, ["http:", "https:"].contains(String(parts[0])), parts[1].isEmpty, !parts[2].isEmpty
        else {
          throw SettingError(
            description: "api-origins has \"\(origin)\": write origins such as https://desk.example, with commas between")
        }
      }
      return origins
    }
  }
}
