package import Market
package import Postgres

/// What is known of one signal over a window of time.
package struct HistoryReader: Sendable {
  package enum View: Hashable, Sendable {
    /// The newest revision of each time.
    case current
    /// The newest revision observed at or before this instant.
    case asOf(Instant)
    /// Every revision, oldest first within its time.
    case revisions
  }

  package struct Value: Hashable, Sendable {
    package let time: Instant
    package let value: Float
    /// A JSON object; nil where the feed declares none.
    package let metadata: String?
    /// nil only in rows that others wrote without it.
    package let observedAt: Instant?
  }

  private let connection: Connection

  package init(connection: Connection) { self.connection = connection }

  /// Hands over the values in pieces, oldest first; `body` runs on the connection's thread. However long the window,
  /// one piece at a time stands in memory, and all are of one snapshot.
  ///
  /// - Throws: what `body` throws, `NotDeployed` where the database lacks the schema, or `PostgresError`.
  package func read(
    signal: Int32, in window: Window, _ view: View, _ body: @Sendable ([Value]) throws -> Void
  ) async throws {
    var parameters: [Parameter] = [
      .value(signal), .value(Timestamp(window.from)), .value(Timestamp(window.to)),
    ]
    let source: String
    switch view {
    case .current:
      source = "flux.market_data_current WHERE type = $1 AND \"time\" >= $2 AND \"time\" < $3"
    case .revisions:
      source = "flux.market_data_revisions WHERE type = $1 AND \"time\" >= $2 AND \"time\" < $3"
    case .asOf(let instant):
      source = "flux.market_data_as_of($4, $2, $3, ARRAY[$1])"
      parameters.append(.value(Timestamp(instant)))
    }
    do {
      try await connection.stream(
        "SELECT \"time\", value, metadata::text, created_at FROM \(source) ORDER BY \"time\", created_at", parameters
      ) { rows in
        try body(
          try rows.map { rows, row in
            Value(
              time: try rows.instant(row, 0), value: try rows.read(row, 1), metadata: try rows.readOptional(row, 2),
              observedAt: try rows.optionalInstant(row, 3))
          })
      }
    } catch let error as PostgresError { throw NotDeployed.explaining(error) }
  }
}
