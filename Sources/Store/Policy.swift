package import Postgres

/// One setting of how a table is kept: `flux_ops.policies()`.
package struct Policy: Hashable, Sendable {
  package enum Setting: String, Hashable, Sendable, CaseIterable {
    /// How much time a new chunk covers.
    case chunk
    /// The age at which a chunk is compressed.
    case compressAfter = "compress_after"
    /// The age at which rows go.
    case keep
  }

  /// A table of schema flux.
  package let table: String
  package let setting: String
  /// A length of time as PostgreSQL writes it, `7 days`, or `never`.
  package let value: String
  /// Who acts on it here: TimescaleDB, `flux_ops.maintain()`, or nobody, with the reason.
  package let doneBy: String
  package let meaning: String

  /// Every setting, table by table.
  ///
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func read(through connection: Connection) async throws -> [Policy] {
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT split_part(name, '.', 1), split_part(name, '.', 2), value, done_by, description
        FROM flux_ops.policies()
        """)
      return try reply.map { (rows, row) throws(PostgresError) in
        Policy(
          table: try rows.read(row, 0), setting: try rows.read(row, 1), value: try rows.read(row, 2),
          doneBy: try rows.read(row, 3), meaning: try rows.read(row, 4))
      }
    } catch { throw NotDeployed.explaining(error) }
  }

  /// Changes settings of one table, all or none, and the engine's jobs that follow from them.
  ///
  /// - Parameter table: a table of schema flux, or `readings` for those of meters and batteries.
  /// - Parameter values: lengths of time such as `7 days`, or `never`.
  /// - Throws: `PolicyRefused` for a table or value that cannot be, `NotDeployed`, or `PostgresError`.
  package static func set(
    _ values: [(setting: Setting, value: String)], of table: String, through connection: Connection
  ) async throws {
    do {
      try await connection.transaction { connection in
        for (setting, value) in values {
          try connection.query(
            "SELECT flux_ops.set_policy($1, $2)", [.value("\(table).\(setting.rawValue)"), .value(value)])
        }
      }
    } catch let error as PostgresError {
      if error.sqlState == "22023" { throw PolicyRefused(cause: error) }
      throw NotDeployed.explaining(error)
    }
  }
}

/// A table or a value that `flux_ops.set_policy` does not take.
package struct PolicyRefused: Error, Hashable, CustomStringConvertible {
  package let cause: PostgresError

  package var description: String { cause.hint.map { "\(cause.message): \($0)" } ?? cause.message }
}
