package import Postgres

/// What ordinary tables need done for them: `flux_ops.maintain()`.
package struct Maintenance: Hashable, Sendable {
  package let table: String
  /// Rows, over all batches.
  package let deleted: Int64
  /// What was done, and what this engine does by itself or does not do.
  package let says: String

  /// Deletes what is past its keep, batch by batch, each in a transaction of its own, so that whoever writes meanwhile
  /// waits for no long one. Ended early it has done part; the next run goes on.
  ///
  /// - Parameter batch: rows a table and transaction.
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func run(batch: Int32 = 20_000, through connection: Connection) async throws -> [Maintenance] {
    var done: [Maintenance] = []
    var isUnfinished = true
    while isUnfinished {
      do throws(PostgresError) {
        let reply = try await connection.query(
          "SELECT relation, deleted, says, more FROM flux_ops.maintain($1)", [.value(batch)])
        let earlier = done
        done = try reply.map { (rows, row) throws(PostgresError) in
          let table: String = try rows.read(row, 0)
          let before = earlier.first { $0.table == table }?.deleted ?? 0
          return Maintenance(
            table: table, deleted: before + (try rows.read(row, 1, as: Int64.self)), says: try rows.read(row, 2))
        }
        isUnfinished = try reply.map { (rows, row) throws(PostgresError) in try rows.read(row, 3, as: Bool.self) }
          .contains(true)
      } catch { throw NotDeployed.explaining(error) }
    }
    return done
  }
}
