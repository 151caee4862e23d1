internal import Market
internal import Postgres

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

extension ResultSet {
  func instant(_ row: Int, _ column: Int) throws(PostgresError) -> Instant {
    Instant(try read(row, column, as: Timestamp.self))
  }

  func optionalInstant(_ row: Int, _ column: Int) throws(PostgresError) -> Instant? {
    try readOptional(row, column, as: Timestamp.self).map { Instant($0) }
  }
}
