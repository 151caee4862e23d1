package import Postgres

/// Who holds a host, as the database says: a row of `flux_ops.host`.
package struct HostLease: Hashable, Sendable {
  package let host: String
  /// nil where it was released, or nobody ever held it.
  package let holder: String?
  /// Counts the claims.
  package let epoch: Int64
  /// By the database's clock, from its answer on; negative once it has run out; nil where nobody ever held it.
  package let expiresIn: Duration?
  /// How much longer its calls are spaced twice as far; nil where they are not.
  package let halfRateFor: Duration?
  /// We hold it, and another that wants it holds fewer: to be asked no more, then released.
  package let letGo: Bool

  package init(
    host: String, holder: String?, epoch: Int64, expiresIn: Duration? = nil, halfRateFor: Duration? = nil,
    letGo: Bool = false
  ) {
    self.host = host
    self.holder = holder
    self.epoch = epoch
    self.expiresIn = expiresIn
    self.halfRateFor = halfRateFor
    self.letGo = letGo
  }

  /// In whose name something is written to flux_ops: once another has claimed the host, it is refused.
  package struct Term: Hashable, Sendable {
    package let host: String
    package let holder: String
    package let epoch: Int64

    package init(host: String, holder: String, epoch: Int64) {
      self.host = host
      self.holder = holder
      self.epoch = epoch
    }
  }

  /// Renews what `holder` holds and claims its part of what is free.
  ///
  /// - Parameters:
  ///   - holder: one name a start of a collector, since the name and the epoch together are the fence.
  ///   - hosts: all whose feeds it has.
  ///   - strict: those of them that begin at half rate where a lease ran out.
  ///   - mayClaim: false only renews.
  ///   - shares: whether others make room for it.
  /// - Returns: a row for each of `hosts`.
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func hold(
    _ hosts: [String], strict: [String], for holder: String, lease: Duration, mayClaim: Bool = true,
    shares: Bool = true, through connection: Connection
  ) async throws -> [HostLease] {
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT host, holder, epoch, \(microseconds("expires_in")),
          \(microseconds("half_rate_for")), let_go
        FROM flux_ops.hold_hosts($1, $2, $3, $4, $5, $6)
        """,
        [
          .value(holder), .array(hosts), .value(Interval(lease)), .array(strict), .value(mayClaim), .value(shares),
        ])
      return try reply.map { (rows, row) throws(PostgresError) in
        HostLease(
          host: try rows.read(row, 0), holder: try rows.readOptional(row, 1), epoch: try rows.read(row, 2),
          expiresIn: try rows.optionalDuration(row, 3),
          halfRateFor: try rows.optionalDuration(row, 4),
          letGo: try rows.read(row, 5))
      }
    } catch { throw NotDeployed.explaining(error) }
  }

  /// Gives a host up that is asked no more.
  ///
  /// - Returns: false where the term had ended before.
  @discardableResult
  package static func release(_ term: Term, through connection: Connection) async throws -> Bool {
    do throws(PostgresError) {
      let reply = try await connection.query(
        "SELECT flux_ops.release_host($1, $2, $3)", [.value(term.holder), .value(term.host), .value(term.epoch)])
      return try reply.read(0, 0)
    } catch { throw NotDeployed.explaining(error) }
  }

  /// Gives up all that `holder` holds, and its place among those that share.
  package static func leave(_ holder: String, through connection: Connection) async throws {
    do throws(PostgresError) {
      try await connection.query("SELECT flux_ops.leave_hosts($1)", [.value(holder)])
    } catch { throw NotDeployed.explaining(error) }
  }
}
