package import Market
package import Postgres

/// What loading batches one after the other would change, found out without loading any: it goes by the loader's rule.
package struct ChangePreview: Sendable {
  package struct Change: Hashable, Sendable {
    package let signal: Int32
    package let time: Instant
    /// In force when the batch was observed; nil where nothing was.
    package let was: Float?
    package let becomes: Float
    package let observedAt: Instant
  }

  private struct Key: Hashable {
    let signal: Int32
    let time: Instant
  }

  private struct Revision {
    let value: Float
    let createdAt: Instant
  }

  /// What the batches so far would have added.
  private var added: [Key: Revision] = [:]

  package init() {}

  /// What the next batch would change; each is observed later than those before.
  ///
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package mutating func changes(of batch: Batch, through connection: Connection) async throws -> [Change] {
    guard let first = batch.observations.map(\.time).min(), let last = batch.observations.map(\.time).max() else {
      return []
    }
    let stored = try await Self.stored(
      Array(Set(batch.observations.map(\.signal))),
      Window(from: first, to: Instant(microseconds: last.microseconds + 1)), at: batch.observedAt, through: connection)
    var changes: [Change] = []
    // The last of a key wins.
    let wanted = Dictionary(batch.observations.map { (Key(signal: $0.signal, time: $0.time), $0.value) }) { $1 }
    for (key, value) in wanted {
      // Ours would follow one of the same instant.
      let known = [stored.inForce[key], added[key]].compactMap { $0 }
      let inForce = known.count == 2 && known[0].createdAt > known[1].createdAt ? known[0] : known.last
      guard inForce?.value != value, stored.run[key]?.contains(value) != true else { continue }
      changes.append(
        Change(
          signal: key.signal, time: key.time, was: inForce?.value, becomes: value, observedAt: batch.observedAt))
      added[key] = Revision(value: value, createdAt: batch.observedAt)
    }
    return changes.sorted { ($0.time, $0.signal) < ($1.time, $1.signal) }
  }

  /// The revisions in force, and the values of those within the millisecond after: what was loaded as observed at the
  /// same instant as another value stands a microsecond behind it.
  private static func stored(
    _ signals: [Int32], _ window: Window, at instant: Instant, through connection: Connection
  ) async throws -> (inForce: [Key: Revision], run: [Key: Set<Float>]) {
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT type, "time", value, created_at FROM flux.market_data_as_of($1, $2, $3, $4)
        UNION ALL SELECT type, "time", value, created_at FROM flux.market_data
        WHERE type = ANY ($4) AND "time" >= $2 AND "time" < $3
          AND created_at > $1 AND created_at < $1 + interval '1 millisecond'
        """,
        [
          .value(Timestamp(instant)), .value(Timestamp(window.from)), .value(Timestamp(window.to)), .array(signals),
        ])
      var (inForce, run): ([Key: Revision], [Key: Set<Float>]) = ([:], [:])
      for row in 0..<reply.rowCount {
        let key = Key(signal: try reply.read(row, 0), time: try reply.instant(row, 1))
        let revision = Revision(value: try reply.read(row, 2), createdAt: try reply.instant(row, 3))
        if revision.createdAt <= instant { inForce[key] = revision } else { run[key, default: []].insert(revision.value) }
      }
      return (inForce, run.filter { inForce[$0.key]?.createdAt == instant })
    } catch { throw NotDeployed.explaining(error) }
  }
}
