package import Postgres

/// What `flux_ops.self_test()` found: whether this engine gives the newest revision where it is asked for.
package struct SelfTest: Hashable, Sendable {
  package let name: String
  package let isOK: Bool
  package let says: String

  /// - Returns: nil where the role may not run it; it is the owner's, since it writes trial rows and takes them back.
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func run(through connection: Connection) async throws -> [SelfTest]? {
    do throws(PostgresError) {
      let reply = try await connection.query("SELECT name, is_ok, says FROM flux_ops.self_test()")
      return try reply.map { (rows, row) throws(PostgresError) in
        SelfTest(name: try rows.read(row, 0), isOK: try rows.read(row, 1), says: try rows.read(row, 2))
      }
    } catch {
      guard error.sqlState != "42501" else { return nil }
      throw NotDeployed.explaining(error)
    }
  }
}
