extension Connection {
  /// Runs a query and hands over its rows in pieces, so that years of them never stand in memory at once.
  ///
  /// `body` runs on the connection's thread, inside one read-only transaction: all pieces are of one snapshot.
  /// The SQL is `DECLARE … CURSOR`.
  package func stream(
    _ sql: String, _ parameters: [Parameter] = [], rows piece: Int = 5_000,
    _ body: @Sendable (borrowing ResultSet) throws -> Void
  ) throws {
    try transaction("READ ONLY") { connection in
      // All rows will be read: plan for the last as well as for the first.
      try connection.execute("SET LOCAL cursor_tuple_fraction = 1")
      try connection.query("DECLARE rows NO SCROLL CURSOR FOR \(sql)", parameters)
      while true {
        let rows = try connection.query("FETCH FORWARD \(piece) FROM rows")
        if rows.rowCount > 0 { try body(rows) }
        if rows.rowCount < piece { break }
      }
    }
  }
}
