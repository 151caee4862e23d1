import Foundation
package import Postgres

/// A database of one test's own, made as a copy of the migrated template, dropped when the test is over.
package struct TestDatabase: Sendable {
  package let name: String
  /// Connection string of its owner, a superuser of the test cluster.
  package let url: String
  private let cluster: TestCluster

  /// For files of the test's own; removed with the database.
  package var folder: String { NSTemporaryDirectory() + name }

  package var settings: ConnectionSettings { get throws { try ConnectionSettings(url) } }

  /// Lends a fresh database to `body`. `migrated` false gives an empty one.
  @discardableResult
  package static func with<T: Sendable>(
    migrated: Bool = true, _ body: (TestDatabase) async throws -> T
  ) async throws -> T {
    let cluster = try await TestCluster.shared()
    let database = try await make(in: cluster, migrated: migrated)
    do {
      let value = try await body(database)
      try await database.drop()
      return value
    } catch {
      try? await database.drop()
      throw error
    }
  }

  /// Lends a connection to a fresh database.
  @discardableResult
  package static func withConnection<T: Sendable>(
    migrated: Bool = true, _ body: (Connection) async throws -> T
  ) async throws -> T {
    try await with(migrated: migrated) { database in
      try await Connection.with(try database.settings) { try await body($0) }
    }
  }

  private static func make(in cluster: TestCluster, migrated: Bool) async throws -> TestDatabase {
    // template0, since TimescaleDB's workers look into template1 at times, and then it can't be copied.
    let template = migrated ? try await cluster.template() : "template0"
    let name = "flux_test_\(getpid())_\(UInt64.random(in: 0..<1 << 40))"
    try await Connection.with(try cluster.settings(database: "postgres")) { connection in
      // WAL_LOG copies a small database without a checkpoint.
      try await connection.execute("CREATE DATABASE \(name) TEMPLATE \(template) STRATEGY wal_log")
    }
    let database = TestDatabase(name: name, url: cluster.url(database: name), cluster: cluster)
    try FileManager.default.createDirectory(atPath: database.folder, withIntermediateDirectories: false)
    return database
  }

  private func drop() async throws {
    try? FileManager.default.removeItem(atPath: folder)
    try await Connection.with(try cluster.settings(database: "postgres")) { connection in
      try await connection.execute("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
    }
  }

  /// The folder of the repository, which holds Package.swift.
  package static let repository: String = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
}
