import Feeds
import FoundationEssentials
import Market
import Testing

@Suite struct `What the environment says instead` {
  @Test(arguments: [
    ("http://127.0.0.1:8081", "http://127.0.0.1:8081"), ("http://localhost:80/modo/", "http://localhost:80/modo"),
    ("http://[::1]:9000/a/b", "http://[::1]:9000/a/b"),
    ("https://proxy.example.org/pub", "https://proxy.example.org/pub"),
  ])
  func `A host's address may be another, over TLS or on this machine`(given: String, taken: String) throws {
    let catalog = try catalog(["FLUX_HOST_MODO_URL": given])
    #expect(catalog.hosts.first { $0.id == "modo" }?.baseURL == taken)
    #expect(catalog["modo-niv-live"]?.host.baseURL == taken)
    #expect(catalog["elexon-system-price"]?.host.baseURL == "https://data.elexon.co.uk/bmrs/api/v1")
  }

  @Test(arguments: [
    "http://example.org", "http://127.0.0.1.example.org", "http://128.0.0.1", "ftp://127.0.0.1", "127.0.0.1:80",
    "https://",
    "https://a:b@example.org", "https://example.org?x=1", "https://example.org#x", "https://example.org:0",
    "https://example.org:70000", "https://example.org:+80", "https://exa mple.org", "https://[::1", "http://127.1",
  ])
  func `An address that is not safe is refused, and never repeated where it may hold a password`(given: String) {
    let refused = #expect(throws: FeedsRefused.self) { try catalog(["FLUX_HOST_MODO_URL": given]) }
    #expect(refused?.complaints.map(\.place) == [.setting("FLUX_HOST_MODO_URL")])
    #expect(refused?.description.contains("a:b") == false)
  }

  @Test(arguments: [
    ("unlimited", Host.Rate.unlimited), ("600", .perMinute(600)), ("0.5", .perMinute(0.5)),
  ])
  func `A host's rate may be another`(given: String, rate: Host.Rate) throws {
    let catalog = try catalog(["FLUX_HOST_ELEXON_PORTAL_RATE": given])
    #expect(catalog.hosts.first { $0.id == "elexon-portal" }?.rate == rate)
    #expect(catalog["elexon-portal-best-view"]?.host.rate == rate)
  }

  @Test(arguments: ["0", "-1", "fast", "1e3", "nan", "inf", "1 a minute"])
  func `A rate that is none is refused`(given: String) {
    let refused = #expect(throws: FeedsRefused.self) { try catalog(["FLUX_HOST_AXLE_RATE": given]) }
    #expect(refused?.complaints.map(\.place) == [.setting("FLUX_HOST_AXLE_RATE")])
  }

  @Test func `An empty setting says nothing`() throws {
    let catalog = try catalog(["FLUX_HOST_MODO_URL": "", "FLUX_HOST_MODO_RATE": "", "FLUX_AXLE_ASSETS": ""])
    #expect(try catalog.hosts == FeedsTests.catalog().hosts)
  }

  @Test func `Axle's batteries replace the file's`() throws {
    let catalog = try catalog(["FLUX_AXLE_ASSETS": "b1=5, b2=3.6"])
    guard case .axleSchedule(let assets)? = catalog["axle-battery-schedule"]?.reading else {
      Issue.record("the feed is not Axle's")
      return
    }
    #expect(assets == [AxleAsset(id: "b1", maximum: 5), AxleAsset(id: "b2", maximum: 3.6)])
  }

  @Test(arguments: ["b1", "b1=", "=5", "b1=0", "b1=-1", "b1=5,", "b1=inf"])
  func `A battery without its power is refused`(given: String) {
    #expect(throws: FeedsRefused.self) { try catalog(["FLUX_AXLE_ASSETS": given]) }
  }
}

@Suite struct `Feeds that are off` {
  func availability(_ id: String, _ environment: [String: String]) throws -> Availability {
    let catalog = try catalog(environment)
    return catalog.availability(of: try #require(catalog[id]), environment: environment)
  }

  @Test func `A feed that needs no credential, or can do without, is on`() throws {
    for id in ["elexon-system-price", "elexon-market-index", "modo-niv-live", "modo-system-price-live"] {
      #expect(try availability(id, [:]) == .on)
    }
  }

  @Test func `Axle names all that is missing`() throws {
    #expect(
      try availability("axle-battery-schedule", [:])
        == .off(
          reason: "FLUX_AXLE_USERNAME, FLUX_AXLE_PASSWORD and FLUX_AXLE_ASSETS are not set "
            + "(each may also be set as …_FILE)"))
    #expect(
      try availability("axle-battery-schedule", ["FLUX_AXLE_USERNAME": "me", "FLUX_AXLE_PASSWORD": "s3cret"])
        == .off(reason: "FLUX_AXLE_ASSETS is not set (it may also be set as FLUX_AXLE_ASSETS_FILE)"))
    #expect(
      try availability(
        "axle-battery-schedule",
        ["FLUX_AXLE_USERNAME": "me", "FLUX_AXLE_PASSWORD": "s3cret", "FLUX_AXLE_ASSETS": "b1=5"]) == .on)
  }

  @Test func `A credential may stand in a file, and a file that cannot be read is named`() throws {
    let path = "\(FileManager.default.temporaryDirectory.path())/flux-key-\(UUID().uuidString)"
    #expect(
      try availability("elexon-portal-best-view", ["FLUX_ELEXON_PORTAL_KEY_FILE": path])
        == .off(reason: "FLUX_ELEXON_PORTAL_KEY_FILE names \(path), which cannot be read"))
    try Data("  abcdefghijklmno\n".utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let environment = ["FLUX_ELEXON_PORTAL_KEY_FILE": path]
    #expect(try availability("elexon-portal-best-view", environment) == .on)
    #expect(try CredentialSetting.value("FLUX_ELEXON_PORTAL_KEY", in: environment) == "abcdefghijklmno")
    // An optional one that is set and cannot be read is a mistake too.
    #expect(
      try availability("modo-niv-live", ["FLUX_MODO_TOKEN_FILE": path + ".gone"])
        == .off(reason: "FLUX_MODO_TOKEN_FILE names \(path).gone, which cannot be read"))
  }

  @Test func `A missing folder and a missing hosts file are complaints too`() {
    let refused = #expect(throws: FeedsRefused.self) {
      try FeedCatalog.load(directory: "/nowhere/feeds/", signals: Signal.standard, environment: [:])
    }
    #expect(
      refused?.description
        == "/nowhere/feeds:1:1: the folder of feeds is not there or cannot be read; "
        + "name it with --feeds or FLUX_SHARE_DIR")
    let noHosts = #expect(throws: FeedsRefused.self) {
      try FeedCatalog.load(
        directory: "\(Mistake.folder)/unknown-host", signals: Signal.standard, environment: [:])
    }
    #expect(noHosts?.complaints.map(\.problem) == ["there is no hosts.yaml"])
  }
}
