extension Simulator {
  /// What signs in to the simulated Axle and Portal: of no use anywhere else.
  enum TestCredentials {
    static let axleUsername = "simulator"
    static let axlePassword = "made-up-password"
    static let portalKey = "simulated000key"
    /// Each battery with the kW of its greatest power.
    static let assets = [("battery-1", "100"), ("battery-2", "2500")]
  }

  /// The variables that point every feed at a simulator on this port: addresses, test credentials, two batteries, and
  /// rates lifted, since it is our own machine.
  package static func environment(port: Int) -> [(name: String, value: String)] {
    let base = "http://127.0.0.1:\(port)"
    return [
      ("FLUX_HOST_ELEXON_URL", base + SimulatedHost.elexon.base),
      ("FLUX_HOST_ELEXON_PORTAL_URL", base + SimulatedHost.portal.base),
      ("FLUX_HOST_MODO_URL", base + SimulatedHost.modo.base),
      ("FLUX_HOST_AXLE_URL", base + SimulatedHost.axle.base),
      ("FLUX_HOST_ELEXON_RATE", "unlimited"),
      ("FLUX_HOST_ELEXON_PORTAL_RATE", "unlimited"),
      ("FLUX_HOST_MODO_RATE", "unlimited"),
      ("FLUX_HOST_AXLE_RATE", "unlimited"),
      ("FLUX_AXLE_USERNAME", TestCredentials.axleUsername),
      ("FLUX_AXLE_PASSWORD", TestCredentials.axlePassword),
      ("FLUX_AXLE_ASSETS", TestCredentials.assets.map { "\($0.0)=\($0.1)" }.joined(separator: ",")),
      ("FLUX_ELEXON_PORTAL_KEY", TestCredentials.portalKey),
    ]
  }
}
