package import Market
package import Postgres

extension Timestamp {
  /// The same microsecond: both count whole ones, from other years.
  init(_ instant: Instant) { self.init(microsecondsSince1970: instant.microseconds) }
}

extension Interval {
  /// The same time, without months and days.
  init(_ duration: Duration) { self.init(microseconds: duration.microseconds) }
}

extension Instant {
  init(_ timestamp: Timestamp) { self.init(microseconds: timestamp.microsecondsSince1970) }
}

extension Connection {
  /// What time it is by the database's clock.
  package func now() throws(PostgresError) -> Instant { try query("SELECT now()").instant(0, 0) }
}

/// The SQL of an interval as ``ResultSet/optionalDuration(_:_:)`` reads it: whole microseconds.
func microseconds(_ interval: String) -> String { "(extract(epoch FROM \(interval)) * 1000000)::bigint" }

extension ResultSet {
  /// Of a column made by ``microseconds(_:)``.
  func optionalDuration(_ row: Int, _ column: Int) throws(PostgresError) -> Duration? {
    try readOptional(row, column, as: Int64.self).map { .microseconds($0) }
  }

  func instant(_ row: Int, _ column: Int) throws(PostgresError) -> Instant {
    Instant(try read(row, column, as: Timestamp.self))
  }

  func optionalInstant(_ row: Int, _ column: Int) throws(PostgresError) -> Instant? {
    try readOptional(row, column, as: Timestamp.self).map { Instant($0) }
  }
}
