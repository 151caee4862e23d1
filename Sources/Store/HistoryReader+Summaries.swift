package import Market
internal import Postgres

extension HistoryReader {
  /// A stretch of time over which values are averaged.
  package enum Bucket: Hashable, Sendable {
    case hour
    /// From midnight to midnight by UTC.
    case day
    /// From midnight to midnight in London: 23, 24 or 25 hours.
    case settlementDay

    fileprivate var start: String {
      switch self {
      case .hour: "date_trunc('hour', \"time\", 'UTC')"
      case .day: "date_trunc('day', \"time\", 'UTC')"
      case .settlementDay: "date_trunc('day', \"time\", 'Europe/London')"
      }
    }
  }

  package struct Mean: Hashable, Sendable {
    package let signal: Int32
    /// The bucket's beginning.
    package let time: Instant
    package let mean: Float
    /// How many values it is the mean of.
    package let count: Int
    package let least: Float
    package let greatest: Float
  }

  package func means(
    _ view: View, every bucket: Bucket, _ body: @Sendable ([Mean]) throws -> Void
  ) async throws {
    try await stream(
      """
      SELECT type, \(bucket.start) AS bucket, avg(value::float8)::real, count(*), min(value), max(value)
      FROM \(view.source) GROUP BY type, bucket ORDER BY bucket, array_position($1, type)
      """, view
    ) { rows in
      try body(
        try rows.map { rows, row in
          Mean(
            signal: try rows.read(row, 0), time: try rows.instant(row, 1), mean: try rows.read(row, 2),
            count: Int(try rows.read(row, 3, as: Int64.self)), least: try rows.read(row, 4),
            greatest: try rows.read(row, 5))
        })
    }
  }

  /// All signals of one time.
  package struct Line: Hashable, Sendable {
    package let time: Instant
    /// In the order of the signals; nil where one has no value.
    package let values: [Float?]
  }

  /// The values, or their means, side by side.
  package func lines(
    _ view: View, every bucket: Bucket?, _ body: @Sendable ([Line]) throws -> Void
  ) async throws {
    // Of a time there is one value a signal, and max is that one.
    let columns = signals.indices.map { place in
      "(\(bucket == nil ? "max(value)" : "avg(value::float8)") FILTER (WHERE type = $1[\(place + 1)]))::real"
    }
    try await stream(
      """
      SELECT \(bucket?.start ?? "\"time\"") AS bucket, \(columns.joined(separator: ", "))
      FROM \(view.source) GROUP BY bucket ORDER BY bucket
      """, view
    ) { rows in
      try body(
        try rows.map { rows, row in
          Line(
            time: try rows.instant(row, 0), values: try columns.indices.map { try rows.readOptional(row, $0 + 1) })
        })
    }
  }

  /// An instant at which something in the window was learnt.
  package struct Vintage: Hashable, Sendable {
    /// nil for rows that others wrote without it.
    package let observedAt: Instant?
    /// Times that had no value before.
    package let first: Int
    /// Times whose value before was another.
    package let revised: Int
    package let earliest: Instant
    package let latest: Instant
  }

  package func vintages(_ body: @Sendable ([Vintage]) throws -> Void) async throws {
    try await stream(
      """
      SELECT created_at, count(*) FILTER (WHERE revision = 1), count(*) FILTER (WHERE revision > 1), min("time"),
        max("time")
      FROM \(View.revisions.source) GROUP BY created_at ORDER BY created_at NULLS FIRST
      """, .revisions
    ) { rows in
      try body(
        try rows.map { rows, row in
          Vintage(
            observedAt: try rows.optionalInstant(row, 0), first: Int(try rows.read(row, 1, as: Int64.self)),
            revised: Int(try rows.read(row, 2, as: Int64.self)), earliest: try rows.instant(row, 3),
            latest: try rows.instant(row, 4))
        })
    }
  }
}
