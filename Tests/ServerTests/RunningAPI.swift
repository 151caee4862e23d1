import Logging
import Market
import Postgres
import Store
import Support
import Testing

@testable import Server

/// The API on a free port, and the database that it reads.
struct RunningAPI: Sendable {
  let port: Int
  let database: TestDatabase
  let server: APIServer

  /// Runs a server for as long as `body` takes.
  ///
  /// - Parameters:
  ///   - sleep: never returns by default, so that nothing happens by itself.
  static func with(
    _ change: (inout APISettings) throws -> Void = { _ in },
    sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in try await Task.sleep(for: .seconds(3_600)) },
    _ body: @escaping @Sendable (RunningAPI) async throws -> Void
  ) async throws {
    try await TestDatabase.with { database in
      let (ports, listening) = AsyncStream.makeStream(of: Int.self)
      var logger = Logger(label: "test")
      logger.logLevel = .critical
      var settings = APISettings(
        ListenAddress(host: "127.0.0.1", port: 0), shareFolder: TestDatabase.repository)
      settings.limits.latestKept = .zero
      try change(&settings)
      let server = try APIServer(
        settings, database: try database.settings,
        london: try LondonClock(directories: LondonClock.systemDirectories(environment: [:])), logger: logger,
        now: { Instant(seconds: 1_800_000_000) }, sleep: sleep, onListening: { listening.yield($0) })
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        group.addTask {
          for await port in ports {
            // From then on nothing is told but what a test does.
            while server.live.readers.problem != nil { try await Task.sleep(for: .milliseconds(1)) }
            return try await body(RunningAPI(port: port, database: database, server: server))
          }
        }
        try await group.next()
        group.cancelAll()
      }
    }
  }

  func get(_ path: String, method: String = "GET", _ head: String...) async throws -> HTTPReply {
    try await HTTPReply.get(path, port: port, method: method, head)
  }

  /// Loads values of one signal, as a collector does.
  func load(
    _ values: [(time: String, value: Float)], signal: Int32 = 3, observedAt: String, source: String = "collect test"
  ) async throws {
    try await Connection.with(try database.settings) { connection in
      try await Self.load(values, signal: signal, observedAt: observedAt, source: source, through: connection)
    }
  }

  static func load(
    _ values: [(time: String, value: Float)], signal: Int32 = 3, observedAt: String, source: String = "collect test",
    through connection: Connection
  ) async throws {
    var batch = Batch(feed: "test", window: nil, observedAt: try #require(Instant(observedAt)))
    batch.observations = try values.map {
      Observation(time: try #require(Instant($0.time)), signal: signal, value: $0.value)
    }
    _ = try await Loader(connection: connection, source: source).load([batch])
  }

  /// A value for each half hour from an instant on.
  static func halfHours(
    _ count: Int, from start: String, _ value: (Int) -> Float
  ) throws -> [(time: String, value: Float)] {
    let start = try #require(Instant(start))
    return (0..<count).map { (start.advanced(by: .minutes(30 * $0)).description, value($0)) }
  }

  func execute(_ sql: String) async throws {
    try await Connection.with(try database.settings) { _ = try await $0.execute(sql) }
  }
}
