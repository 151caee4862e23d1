package import Market
package import Postgres

/// A batch that inserted something: a row of the view `flux.loads`.
package struct Update: Hashable, Sendable {
  /// Where it stands in the feed of updates.
  package struct Place: Hashable, Comparable, Sendable {
    /// The transaction that stored it; the type is xid8.
    package let transaction: UInt64
    package let id: Int64

    package init(transaction: UInt64, id: Int64) {
      self.transaction = transaction
      self.id = id
    }

    /// Before every other.
    package static let start = Place(transaction: 0, id: 0)

    package static func < (left: Place, right: Place) -> Bool {
      (left.transaction, left.id) < (right.transaction, right.id)
    }
  }

  /// What it inserted of one signal.
  package struct Part: Hashable, Sendable {
    package let signal: Int32
    /// The earliest and the latest time inserted, both included.
    package let first: Instant
    package let last: Instant
    package let received: Int
    package let inserted: Int
    /// Those inserted that replaced another value of the same time.
    package let revised: Int
  }

  package enum Kind: String, Hashable, Sendable {
    case live, backfill, `import`, other
  }

  package let place: Place
  /// Whether nothing before it can still appear.
  package let isSettled: Bool
  package let storedAt: Instant
  package let observedAt: Instant
  /// `collect FEED`, `backfill FEED`, `import FILE`, or the name of somebody else's application.
  package let source: String
  /// By signal.
  package let parts: [Part]

  /// The loader gives a value that meets another of the same instant a microsecond of its own.
  fileprivate var lastObservedAt: Instant { observedAt.advanced(by: .microseconds(Int64(inserted))) }

  package var inserted: Int { parts.reduce(0) { $0 + $1.inserted } }
  package var revised: Int { parts.reduce(0) { $0 + $1.revised } }

  package var kind: Kind {
    switch source.prefix(while: { $0 != " " }) {
    case "collect": .live
    case "backfill": .backfill
    case "import": .import
    default: .other
    }
  }
}

/// A revision that an update inserted.
package struct InsertedValue: Hashable, Sendable {
  package let time: Instant
  package let value: Float
  package let observedAt: Instant
  /// Of the revision before; nil where this is the first of its time.
  package let previous: Previous?
  /// Whether it is in force: an older observation that came late is not.
  package let isCurrent: Bool

  package struct Previous: Hashable, Sendable {
    package let value: Float
    /// nil only in rows that others wrote without it.
    package let observedAt: Instant?
  }
}

/// What was loaded when, in an order in which a reader can go on.
///
/// Each function throws `NotDeployed` where the database lacks the schema, or `PostgresError`.
package struct UpdateReader: Sendable {
  private let connection: Connection

  package init(connection: Connection) { self.connection = connection }

  /// Oldest first, those after `place`.
  package func updates(after place: Update.Place, limit: Int) async throws -> [Update] {
    try await read("WHERE (xid, id) > ($1::text::xid8, $2) ORDER BY xid, id", place.parameters, limit: limit)
  }

  /// The newest, oldest of them first.
  package func newest(_ limit: Int) async throws -> [Update] {
    try await read("ORDER BY xid DESC, id DESC", [], limit: limit)
  }

  /// Whether the update at `place` is there: it is not where the place is another database's, or was dropped since.
  package func exists(_ place: Update.Place) async throws -> Bool {
    do throws(PostgresError) {
      return try await connection.query(
        "SELECT FROM flux.loads WHERE id = $2 AND xid = $1::text::xid8", place.parameters
      ).rowCount == 1
    } catch { throw NotDeployed.explaining(error) }
  }

  /// What is to be told: of one snapshot, the updates after `place` that are not among `known`, and how far a reader of
  /// them may go.
  ///
  /// - Returns: the place of the newest update before which nothing can still appear.
  package func news(
    after place: Update.Place, except known: [Int64], limit: Int
  ) async throws -> (updates: [Update], settled: Update.Place) {
    do {
      return try await connection.transaction("ISOLATION LEVEL REPEATABLE READ READ ONLY") { connection in
        let reply = try connection.query(
          Self.sql("WHERE (xid, id) > ($1::text::xid8, $2) AND id <> ALL ($3) ORDER BY xid, id", limit: limit),
          place.parameters + [.array(known)])
        let settled = try connection.query(
          """
          SELECT xid::text, id FROM flux.loads WHERE xid < pg_snapshot_xmin(pg_current_snapshot())
          ORDER BY xid DESC, id DESC LIMIT 1
          """)
        let newest: Update.Place =
          settled.rowCount == 0 ? .start : try Self.place(settled, 0, transaction: 0, id: 1)
        return (try Self.updates(reply), newest)
      }
    } catch let error as PostgresError { throw NotDeployed.explaining(error) }
  }

  /// What an update inserted of one signal, by time.
  package func values(of part: Update.Part, in update: Update) async throws -> [InsertedValue] {
    do throws(PostgresError) {
      // Equal neighbours may come from others; the revision before this one is whatever was in force before.
      let reply = try await connection.query(
        """
        SELECT m."time", m.value, m.created_at, p.found, p.value, p.created_at, NOT EXISTS (
          SELECT FROM flux.market_data n WHERE n.type = m.type AND n."time" = m."time" AND n.created_at > m.created_at)
        FROM flux.market_data m LEFT JOIN LATERAL (
          SELECT true AS found, b.value, b.created_at FROM flux.market_data b
          WHERE b.type = m.type AND b."time" = m."time" AND (b.created_at < m.created_at) IS NOT FALSE
          ORDER BY coalesce(b.created_at, '-infinity') DESC LIMIT 1
        ) p ON true
        WHERE m.type = $1 AND m."time" BETWEEN $2 AND $3 AND m.created_at BETWEEN $4 AND $5
        ORDER BY m."time", m.created_at
        """,
        [
          .value(part.signal), .value(Timestamp(part.first)), .value(Timestamp(part.last)),
          .value(Timestamp(update.observedAt)), .value(Timestamp(update.lastObservedAt)),
        ])
      return try reply.map { (rows, row) throws(PostgresError) in
        let isReplaced = try rows.readOptional(row, 3, as: Bool.self) == true
        return InsertedValue(
          time: try rows.instant(row, 0), value: try rows.read(row, 1), observedAt: try rows.instant(row, 2),
          previous: isReplaced
            ? InsertedValue.Previous(value: try rows.read(row, 4), observedAt: try rows.optionalInstant(row, 5)) : nil,
          isCurrent: try rows.read(row, 6))
      }
    } catch { throw NotDeployed.explaining(error) }
  }

  private func read(_ condition: String, _ parameters: [Parameter], limit: Int) async throws -> [Update] {
    do throws(PostgresError) {
      return try Self.updates(try await connection.query(Self.sql(condition, limit: limit), parameters))
    } catch { throw NotDeployed.explaining(error) }
  }

  private static func sql(_ condition: String, limit: Int) -> String {
    """
    SELECT l.id, l.xid::text, l.settled, l.stored_at, l.observed_at, l.source,
      p.type, p.first_time, p.last_time, p.received, p.inserted, p.revised
    FROM (SELECT * FROM flux.loads \(condition) LIMIT \(limit)) l
    CROSS JOIN LATERAL unnest(l.types, l.first_times, l.last_times, l.received, l.inserted, l.revised)
      AS p(type, first_time, last_time, received, inserted, revised)
    ORDER BY l.xid, l.id, p.type
    """
  }

  private static func updates(_ reply: borrowing ResultSet) throws(PostgresError) -> [Update] {
    var updates: [Update] = []
    var parts: [Update.Part] = []
    for row in 0..<reply.rowCount {
      let place = try place(reply, row, transaction: 1, id: 0)
      if updates.last?.place != place { parts = [] } else { updates.removeLast() }
      parts.append(
        Update.Part(
          signal: try reply.read(row, 6), first: try reply.instant(row, 7), last: try reply.instant(row, 8),
          received: Int(try reply.read(row, 9, as: Int32.self)),
          inserted: Int(try reply.read(row, 10, as: Int32.self)), revised: Int(try reply.read(row, 11, as: Int32.self))))
      updates.append(
        Update(
          place: place, isSettled: try reply.read(row, 2), storedAt: try reply.instant(row, 3),
          observedAt: try reply.instant(row, 4), source: try reply.read(row, 5), parts: parts))
    }
    return updates
  }

  private static func place(
    _ reply: borrowing ResultSet, _ row: Int, transaction: Int, id: Int
  ) throws(PostgresError) -> Update.Place {
    let text: String = try reply.read(row, transaction)
    guard let number = UInt64(text) else {
      throw PostgresError(.unexpectedReply, "the transaction \(text) of an update is no xid8")
    }
    return Update.Place(transaction: number, id: try reply.read(row, id))
  }
}

extension Update.Place {
  fileprivate var parameters: [Parameter] { [.value(String(transaction)), .value(id)] }
}
