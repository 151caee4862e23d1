/// Whether a feed can be fetched with the settings at hand. What loads bytes that are here already need not ask.
package enum Availability: Hashable, Sendable {
  case on
  /// `FLUX_AXLE_USERNAME and FLUX_AXLE_ASSETS are not set (each may also be set as …_FILE)`.
  case off(reason: String)
}

extension FeedCatalog {
  /// Off where a required credential is missing, where the file of a credential cannot be read, and, for Axle, where
  /// there is no battery.
  package func availability(of feed: Feed, environment: [String: String]) -> Availability {
    var missing: [String] = []
    for name in feed.auth.settings {
      do {
        if try CredentialSetting.value(name, in: environment) == nil, feed.auth.requiredSettings.contains(name) {
          missing.append(name)
        }
      } catch {
        return .off(reason: error.description)
      }
    }
    if case .axleSchedule(let assets) = feed.reading, assets.isEmpty { missing.append(AxleAsset.setting) }
    guard let last = missing.popLast() else { return .on }
    if missing.isEmpty { return .off(reason: "\(last) is not set (it may also be set as \(last)_FILE)") }
    return .off(
      reason: "\(missing.joined(separator: ", ")) and \(last) are not set (each may also be set as …_FILE)")
  }
}

extension Authentication {
  /// The settings that it reads, required or not.
  package var settings: [String] {
    switch self {
    case .none: []
    case .header(_, let secret, _), .query(_, let secret, _): [secret]
    case .passwordToken(_, let username, let password, _, _): [username, password]
    }
  }
}
