import GRDB
package import Market

/// How full a spool is, and of what.
package struct SpoolStatus: Hashable, Sendable {
  /// On the disk, the file and its log.
  package var bytes: Int64
  package var limit: Int64
  /// What waits, by feed; feeds of which nothing does are not named.
  package var feeds: [String: Amount]
  /// What does not wait any more.
  package var setAside: Amount

  package init(bytes: Int64, limit: Int64, feeds: [String: Amount], setAside: Amount) {
    self.bytes = bytes
    self.limit = limit
    self.feeds = feeds
    self.setAside = setAside
  }

  package struct Amount: Hashable, Sendable {
    package var batches = 0
    package var observations = 0
    /// nil for no batches.
    package var oldest: Instant?

    package init() {}

    package static func += (total: inout Amount, part: Amount) {
      total.batches += part.batches
      total.observations += part.observations
      total.oldest = [total.oldest, part.oldest].compactMap { $0 }.min()
    }

    /// From three columns: how many, of how many observations, the least `observed_at`.
    init(_ row: Row, from column: Int) {
      batches = row.read(column) ?? 0
      observations = row.read(column + 1) ?? 0
      let oldest: Int64? = row.read(column + 2)
      self.oldest = oldest.map { Instant(microseconds: $0) }
    }

    static let columns = "count(*), sum(observations), min(observed_at)"

    init(before time: Instant, setAside: Bool, in db: Database) throws {
      let membership = setAside ? "IN" : "NOT IN"
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT \(Self.columns) FROM batch
          WHERE observed_at < ? AND id \(membership) (SELECT batch FROM aside)
          """, arguments: [time.microseconds])
      self = row.map { Amount($0, from: 0) } ?? Amount()
    }
  }

  /// All that waits.
  package var waiting: Amount { feeds.values.reduce(into: Amount()) { $0 += $1 } }
}

extension Spool {
  /// Reads an index of some 50 bytes a batch, and no batch.
  package func status() throws(SpoolError) -> SpoolStatus {
    var status = SpoolStatus(bytes: file.bytes, limit: limit, feeds: [:], setAside: .init())
    let rows = try reading { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT id IN (SELECT batch FROM aside) AS is_aside, feed, \(SpoolStatus.Amount.columns) FROM batch
          GROUP BY 1, 2
          """)
    }
    for row in rows {
      let amount = SpoolStatus.Amount(row, from: 2)
      if row.read(0) ?? false {
        status.setAside += amount
      } else {
        status.feeds[row.read(1) ?? ""] = amount
      }
    }
    return status
  }
}
