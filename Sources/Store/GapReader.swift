package import Market
package import Postgres

/// Half hours on end of one signal that have no value, for one reason.
package struct Gap: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// No feed was asked for them since their values were out.
    case neverFetched = "never fetched"
    /// A feed was asked, and its source had nothing.
    case empty
    /// What came was refused.
    case rejected
    /// Somebody has said that nothing will come.
    case accepted
    /// Their values are not out yet.
    case notYet = "not yet"

    /// Whether somebody should see to it.
    package var isOpen: Bool {
      switch self {
      case .neverFetched, .empty, .rejected: true
      case .accepted, .notYet: false
      }
    }
  }

  package let window: Window
  package let kind: Kind
  /// Of what was rejected or accepted, why.
  package let reason: String?

  package init(window: Window, kind: Kind, reason: String? = nil) {
    self.window = window
    self.kind = kind
    self.reason = reason
  }
}

/// What is missing of a signal against the settlement calendar: the function `flux.gaps`.
package struct GapReader: Sendable {
  private let connection: Connection

  package init(connection: Connection) { self.connection = connection }

  /// The earliest time of the signal that is stored, or that one of the feeds was asked for; nil where there is none.
  ///
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package func knownSince(signal: Int32, feeds: [String]) async throws -> Instant? {
    do throws(PostgresError) {
      return try await connection.query("SELECT flux.known_since($1, $2)", [.value(signal), .array(feeds)])
        .optionalInstant(0, 0)
    } catch { throw NotDeployed.explaining(error) }
  }

  /// The gaps among the half hours that begin in `window`, oldest first; ten years are one walk down an index.
  ///
  /// - Parameters:
  ///   - supplies: the feeds that the signal can come from; those of other signals are left out.
  ///   - now: by which it is known what is not due yet.
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package func read(
    signal: Int32, from supplies: [FeedSignal], in window: Window, at now: Instant
  ) async throws -> [Gap] {
    let supplies = supplies.filter { $0.signal == signal }
    do throws(PostgresError) {
      let reply = try await connection.query(
        "SELECT from_time, to_time, kind, reason FROM flux.gaps($1, $2, $3, $4, $5, $6)",
        [
          .value(signal), .array(supplies.map(\.feed)),
          .value(supplies.compactMap(\.pace.publishedAfter).min().map { Interval($0) }),
          .value(Timestamp(window.from)), .value(Timestamp(window.to)), .value(Timestamp(now)),
        ])
      return try reply.map { (rows, row) throws(PostgresError) in
        let name: String = try rows.read(row, 2)
        guard let kind = Gap.Kind(rawValue: name) else {
          throw PostgresError(.unexpectedReply, "flux.gaps has the kind \(name), which this version does not know")
        }
        return Gap(
          window: Window(from: try rows.instant(row, 0), to: try rows.instant(row, 1)), kind: kind,
          reason: try rows.readOptional(row, 3))
      }
    } catch { throw NotDeployed.explaining(error) }
  }

  /// What was accepted as missing of these signals and is missing still, a range for each signal.
  ///
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package func accepted(signals: [Int32], in window: Window) async throws -> [Window] {
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT g.from_time, g.to_time FROM (
          SELECT DISTINCT type FROM flux_ops.accepted_gap WHERE type = ANY ($1) AND from_time < $3 AND to_time > $2
        ) a CROSS JOIN LATERAL flux.gaps(a.type, '{}', NULL, $2, $3) g WHERE g.kind = 'accepted'
        """, [.array(signals), .value(Timestamp(window.from)), .value(Timestamp(window.to))])
      return try reply.map { (rows, row) throws(PostgresError) in
        Window(from: try rows.instant(row, 0), to: try rows.instant(row, 1))
      }
    } catch { throw NotDeployed.explaining(error) }
  }

  /// Notes that nothing will come for these windows. One that was accepted before keeps its reason.
  ///
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`, as for a role that may not.
  package func accept(_ windows: [Window], of signal: Int32, reason: String) async throws {
    do throws(PostgresError) {
      try await connection.query(
        """
        INSERT INTO flux_ops.accepted_gap (type, from_time, to_time, reason)
        SELECT $1, w.from_time, w.to_time, $4 FROM unnest($2::timestamptz[], $3::timestamptz[]) AS w(from_time, to_time)
        ON CONFLICT DO NOTHING
        """,
        [
          .value(signal), .array(windows.map { Timestamp($0.from) }), .array(windows.map { Timestamp($0.to) }),
          .value(reason),
        ])
    } catch { throw NotDeployed.explaining(error) }
  }
}
