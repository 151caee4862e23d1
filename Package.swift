// swift-tools-version: 6.2
import PackageDescription

// The arrows of docs/architecture.md, held by the compiler: each target lists all that it may import.
let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error), .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

func target(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// - Parameter cases: folders of test cases, read from where they stand.
func tests(_ name: String, _ dependencies: [Target.Dependency], cases: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: cases, swiftSettings: strict)
}

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioCompression = Target.Dependency.product(name: "NIOHTTPCompression", package: "swift-nio-extras")
let nioTLS = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let served: [Target] = [
  target("Simulator", ["Market", hummingbird, lifecycle, logging, nio]),
  target(
    "Server",
    [
      "FluxMetrics", "Market", "Postgres", "Store", crypto, hummingbird, hummingbirdCore, hummingbirdTLS, lifecycle,
      logging, nio, nioCompression, nioHTTP, nioHTTPTypes, nioHTTPTypesHTTP, nioTLS,
    ]),
  .executableTarget(
    name: "flux-market",
    dependencies: [
      "Archive", "Backfill", "CGlibc", "Collector", "Decode", "EmbeddedPostgres", "Feeds", "Fetch", "FluxMetrics",
      "Import", "Intake", "Leases", "Logs", "Market", "Postgres", "Server", "Simulator", "Spool", "Store", arguments,
      configuration, lifecycle, logging, signals,
    ],
    swiftSettings: strict),
  .target(
    name: "FeedSupport", dependencies: ["Archive", "Feeds", "Fetch", "Intake", "Market", "Simulator", "Support"],
    path: "Tests/FeedSupport", swiftSettings: strict),
  tests(
    "IntakeTests",
    [
      "Archive", "Decode", "FeedSupport", "Feeds", "Fetch", "Intake", "Market", "Postgres", "Simulator", "Store",
      "Support",
    ]),
  tests(
    "CollectorTests",
    [
      "Collector", "FeedSupport", "Feeds", "Fetch", "FluxMetrics", "Intake", "Leases", "Market", "Postgres",
      "Simulator", "Spool", "Store", "Support", lifecycle, logging,
    ]),
  tests(
    "LeasesTests", ["FeedSupport", "Feeds", "Intake", "Leases", "Market", "Postgres", "Store", "Support"]),
  tests(
    "BackfillTests",
    [
      "Backfill", "Decode", "FeedSupport", "Feeds", "Fetch", "Intake", "Market", "Postgres", "Simulator", "Store",
      "Support",
    ]),
  tests("SimulatorTests", ["Market", "Simulator"]),
  tests("ServerTests", ["FluxMetrics", "Market", "Postgres", "Server", "Store", "Support", lifecycle, logging]),
  tests("CommandTests", ["Market", "Postgres", "Spool", "Support", grdb]),
]

// FLUX_CORE=1 swift test --scratch-path .build/core: the core and its tests alone, without the HTTP server's packages.
let coreOnly = Context.environment["FLUX_CORE"] != nil

/// FLUX_FUZZ=1, which scripts/fuzz sets: the targets that libFuzzer runs.
let fuzzed = Context.environment["FLUX_FUZZ"] != nil

func fuzz(_ subject: String) -> Target {
  .executableTarget(
    name: "fuzz-\(subject)", dependencies: ["Decode", "Feeds", "Market", "SlowTwins"], path: "Fuzz/\(subject)",
    swiftSettings: strict)
}

let package = Package(
  name: "flux-market",
  dependencies: [
    // `exact:` because Package.resolved is not kept: a clone of today builds the same next year.
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
    .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0", traits: []),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
  ] + (coreOnly ? [] : [
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
  ]),
  targets: [
    .systemLibrary(name: "CBytes"),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CGlibc"),
    .systemLibrary(name: "CPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    target("Market", []),
    target("Fetch", ["CCurl", "CGlibc", "Market", collections]),
    target("Feeds", ["Market", yams]),
    target("Decode", ["CBytes", "Feeds", "Market"]),
    target("Postgres", ["CPQ"]),
    target("Spool", ["Market", grdb]),
    target("Archive", ["CZlib", "Market"]),
    target("Store", ["Market", "Postgres"]),
    target("FluxMetrics", ["Market"]),
    target("Logs", ["Market", logging]),
    target("Intake", ["Archive", "Decode", "Feeds", "Fetch", "Market"]),
    target("Leases", ["Feeds", "Intake", "Market", "Postgres", "Store", lifecycle]),
    target(
      "Collector",
      [
        "Decode", "Feeds", "Fetch", "FluxMetrics", "Intake", "Leases", "Market", "Postgres", "Spool", "Store", lifecycle,
        logging,
      ]),
    target("Backfill", ["Feeds", "Fetch", "Intake", "Market", "Store"]),
    target("Import", ["CGlibc", "Decode", "Feeds", "Intake", "Market", "Postgres", "Store"]),
    target("EmbeddedPostgres", ["CGlibc"]),
    .executableTarget(
      name: "flux-benchmark",
      dependencies: ["CPQ", "Decode", "Feeds", "Fetch", "Intake", "Market", "Postgres", "Store", arguments],
      swiftSettings: strict),
    .target(
      name: "Support", dependencies: ["EmbeddedPostgres", "Market", "Postgres"], path: "Tests/Support",
      swiftSettings: strict),
    tests("MarketTests", ["Market"]),
    tests("FetchTests", ["Fetch", "Market", "Support"]),
    tests("FeedsTests", ["Feeds", "Market"], cases: ["Mistakes"]),
    .target(name: "SlowTwins", path: "Tests/SlowTwins", swiftSettings: strict),
    .target(name: "CAllocations", path: "Tests/CAllocations"),
    tests("DecodeTests", ["CAllocations", "CBytes", "Decode", "Feeds", "Market", "SlowTwins"], cases: ["Cases"]),
    tests("PostgresTests", ["Postgres", "Support"]),
    tests("SpoolTests", ["Market", "Spool", "Support", grdb]),
    tests("ArchiveTests", ["Archive", "Market", "Support"]),
    tests("StoreTests", ["Market", "Postgres", "Store", "Support"]),
    tests("ImportTests", ["Decode", "Feeds", "Import", "Market", "Postgres", "Store", "Support"]),
    tests("FluxMetricsTests", ["FluxMetrics", "Market"]),
    tests("LogsTests", ["FluxMetrics", "Logs", "Market", logging]),
    tests("EmbeddedPostgresTests", ["EmbeddedPostgres"]),
  ] + (coreOnly ? [] : served) + (fuzzed ? ["json", "csv", "numbers", "times"].map(fuzz) : []),
  swiftLanguageModes: [.v6]
)
