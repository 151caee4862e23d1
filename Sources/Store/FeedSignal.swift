package import Market
package import Postgres

/// That a feed supplies a signal with a value for every half hour: a row of `flux_ops.feed_signal`, by which
/// `flux.open_gaps` knows what to expect.
package struct FeedSignal: Hashable, Sendable {
  package let feed: String
  package let signal: Int32
  /// From when on the provider has values; nil where the feed does not say.
  package let first: Instant?
  /// Until when, excluded; nil for ever.
  package let end: Instant?
  /// How long after a half hour's start its value should be in the table; nil where nothing says.
  package let publishedAfter: Duration?

  package init(feed: String, signal: Int32, first: Instant?, end: Instant?, publishedAfter: Duration?) {
    self.feed = feed
    self.signal = signal
    self.first = first
    self.end = end
    self.publishedAfter = publishedAfter
  }

  /// Replaces what was recorded of `feeds`, and leaves other feeds as they are.
  ///
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func record(
    _ supplies: [FeedSignal], of feeds: [String], through connection: Connection
  ) async throws {
    do throws(PostgresError) {
      try await connection.query(
        """
        WITH given AS (
          SELECT * FROM unnest($2::text[], $3::integer[], $4::timestamptz[], $5::timestamptz[], $6::interval[])
            AS g(feed, type, first_time, last_time, published_after)
        ), gone AS (
          DELETE FROM flux_ops.feed_signal s
          WHERE s.feed = ANY ($1) AND (s.feed, s.type) NOT IN (SELECT g.feed, g.type FROM given g)
        )
        INSERT INTO flux_ops.feed_signal AS s (feed, type, first_time, last_time, published_after)
        SELECT * FROM given ORDER BY feed, type
        ON CONFLICT (feed, type) DO UPDATE SET (first_time, last_time, published_after) =
          (excluded.first_time, excluded.last_time, excluded.published_after)
        WHERE (s.first_time, s.last_time, s.published_after)
          IS DISTINCT FROM (excluded.first_time, excluded.last_time, excluded.published_after)
        """,
        [
          .array(feeds), .array(supplies.map(\.feed)), .array(supplies.map(\.signal)),
          .array(supplies.map { $0.first.map { Timestamp($0) } }),
          .array(supplies.map { $0.end.map { Timestamp($0) } }),
          .array(supplies.map { $0.publishedAfter.map { Interval($0) } }),
        ])
    } catch { throw NotDeployed.explaining(error) }
  }

  /// What the feeds of whoever fetched last promise, by signal and feed.
  ///
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func all(through connection: Connection) async throws -> [FeedSignal] {
    do throws(PostgresError) {
      let reply = try await connection.query(
        """
        SELECT feed, type, first_time, last_time, (extract(epoch FROM published_after) * 1000000)::bigint
        FROM flux.feed_signal ORDER BY type, feed
        """)
      return try reply.map { (rows, row) throws(PostgresError) in
        FeedSignal(
          feed: try rows.read(row, 0), signal: try rows.read(row, 1), first: try rows.optionalInstant(row, 2),
          end: try rows.optionalInstant(row, 3),
          publishedAfter: try rows.readOptional(row, 4, as: Int64.self).map { .microseconds($0) })
      }
    } catch { throw NotDeployed.explaining(error) }
  }
}

extension [FeedSignal] {
  /// The part of a window that one of the providers has and that is not the future; nil where none is left.
  package func possible(in window: Window, at now: Instant) -> Window? {
    let firsts = compactMap(\.first)
    let ends = compactMap(\.end)
    let first = firsts.count == count ? firsts.min() : nil
    let end = ends.count == count ? ends.max() : nil
    let from = Swift.max(window.from, first ?? window.from)
    let to = Swift.min(window.to, end ?? window.to, now)
    return from < to ? Window(from: from, to: to) : nil
  }
}
