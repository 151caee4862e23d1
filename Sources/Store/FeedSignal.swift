package import Market
package import Postgres

/// That a feed supplies a signal, and at what pace: a row of `flux_ops.feed_signal`, by which `flux.open_gaps` and
/// `flux.desk` know what to expect.
package struct FeedSignal: Hashable, Sendable {
  package let feed: String
  package let signal: Int32
  /// From when on the provider has values; nil where the feed does not say.
  package let first: Instant?
  /// Until when, excluded; nil for ever.
  package let end: Instant?
  package let pace: Pace

  /// When values come.
  package struct Pace: Hashable, Sendable {
    /// The time between two values; nil for a schedule, whose values hold until the next.
    package let cadence: Duration?
    /// How long after a value's own time it should be in the table where all goes well; nil where nothing says.
    package let expectedAfter: Duration?
    /// How long after a half hour's start its value counts as missing; nil where nothing says.
    package let publishedAfter: Duration?
    /// How often the service asks; nil where the feed is only asked by hand.
    package let askedEvery: Duration?

    package init(
      cadence: Duration? = .minutes(30), expectedAfter: Duration? = nil, publishedAfter: Duration? = nil,
      askedEvery: Duration? = nil
    ) {
      self.cadence = cadence
      self.expectedAfter = expectedAfter
      self.publishedAfter = publishedAfter
      self.askedEvery = askedEvery
    }
  }

  /// Whether its values are estimates of what another signal will say.
  package let isEstimate: Bool

  package init(
    feed: String, signal: Int32, first: Instant?, end: Instant?, pace: Pace = Pace(), isEstimate: Bool = false
  ) {
    self.feed = feed
    self.signal = signal
    self.first = first
    self.end = end
    self.pace = pace
    self.isEstimate = isEstimate
  }

  /// Whether it promises a value for every half hour, so that one can be missing.
  package var isHalfHourly: Bool { pace.cadence == .minutes(30) }

  /// Replaces what was recorded of `feeds`, and leaves other feeds as they are.
  ///
  /// What is recorded already is left out before it can conflict: that would lock its row, and then the end waits for
  /// the disk.
  ///
  /// - Throws: `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package static func record(
    _ supplies: [FeedSignal], of feeds: [String], through connection: Connection
  ) async throws {
    do throws(PostgresError) {
      try await connection.query(
        """
        WITH given AS (
          SELECT * FROM unnest($2::text[], $3::integer[], $4::timestamptz[], $5::timestamptz[], $6::interval[],
              $7::interval[], $8::interval[], $9::interval[], $10::boolean[])
            AS g(feed, type, first_time, last_time, published_after, cadence, expected_after, asked_every, is_estimate)
        ), gone AS (
          DELETE FROM flux_ops.feed_signal s
          WHERE s.feed = ANY ($1) AND (s.feed, s.type) NOT IN (SELECT g.feed, g.type FROM given g)
        )
        INSERT INTO flux_ops.feed_signal
          (feed, type, first_time, last_time, published_after, cadence, expected_after, asked_every, is_estimate)
        SELECT * FROM given EXCEPT
        SELECT feed, type, first_time, last_time, published_after, cadence, expected_after, asked_every, is_estimate
        FROM flux_ops.feed_signal ORDER BY feed, type
        ON CONFLICT (feed, type) DO UPDATE SET
          (first_time, last_time, published_after, cadence, expected_after, asked_every, is_estimate) =
          (excluded.first_time, excluded.last_time, excluded.published_after, excluded.cadence, excluded.expected_after,
            excluded.asked_every, excluded.is_estimate)
        """,
        [
          .array(feeds), .array(supplies.map(\.feed)), .array(supplies.map(\.signal)),
          .array(supplies.map { $0.first.map { Timestamp($0) } }),
          .array(supplies.map { $0.end.map { Timestamp($0) } }),
          Self.intervals(supplies, \.publishedAfter), Self.intervals(supplies, \.cadence),
          Self.intervals(supplies, \.expectedAfter), Self.intervals(supplies, \.askedEvery),
          .array(supplies.map(\.isEstimate)),
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
        SELECT feed, type, first_time, last_time, \(microseconds("cadence")), \(microseconds("expected_after")),
          \(microseconds("published_after")), \(microseconds("asked_every")), is_estimate
        FROM flux.feed_signal ORDER BY type, feed
        """)
      return try reply.map { (rows, row) throws(PostgresError) in
        FeedSignal(
          feed: try rows.read(row, 0), signal: try rows.read(row, 1), first: try rows.optionalInstant(row, 2),
          end: try rows.optionalInstant(row, 3),
          pace: Pace(
            cadence: try rows.optionalDuration(row, 4), expectedAfter: try rows.optionalDuration(row, 5),
            publishedAfter: try rows.optionalDuration(row, 6), askedEvery: try rows.optionalDuration(row, 7)),
          isEstimate: try rows.read(row, 8))
      }
    } catch { throw NotDeployed.explaining(error) }
  }

  private static func intervals(_ supplies: [FeedSignal], _ length: KeyPath<Pace, Duration?>) -> Parameter {
    .array(supplies.map { $0.pace[keyPath: length].map { Interval($0) } })
  }
}

extension [FeedSignal] {
  /// Those of a signal that promise a value of it for every half hour.
  package func halfHourly(of signal: Int32) -> [FeedSignal] { filter { $0.signal == signal && $0.isHalfHourly } }

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
