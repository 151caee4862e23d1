/// One of the providers that are stood in for, by its id in `feeds/hosts.yaml`.
package enum SimulatedHost: String, Sendable, CaseIterable {
  case elexon
  case portal = "elexon-portal"
  case modo
  case axle

  /// What its base URL's path is here.
  var base: String {
    switch self {
    case .elexon: "/elexon/bmrs/api/v1"
    case .portal: "/portal"
    case .modo: "/modo/pub/v1"
    case .axle: "/axle"
    }
  }

  /// Calls a minute, as the providers allow or are thought to.
  package var usualLimit: Int {
    switch self {
    case .elexon: 300
    case .portal: 2
    case .modo: 1
    case .axle: 60
    }
  }

  /// The ids, for a complaint.
  package static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
