internal import Market
package import Postgres

/// Why a batch did not go in. Nothing of it did.
package enum LoadError: Error, Sendable {
  /// SQLSTATE FX001: observed_at is ahead of the database's clock. A fault of a clock, not of the data.
  case clockAhead(PostgresError)
  /// The database refused a value; the message names the element. The same batch will be refused again.
  case refused(PostgresError)
  /// The way to the database, or the database itself.
  case database(PostgresError)

  init(_ error: PostgresError) {
    switch error.sqlState {
    case "FX001" where error.kind == .server: self = .clockAhead(error)
    // 22 data, 23 integrity constraint.
    case let state? where error.kind == .server && (state.hasPrefix("22") || state.hasPrefix("23")):
      self = .refused(error)
    default: self = .database(error)
    }
  }

  /// How far this machine's clock is ahead of the database's, where it is too far; nil for any other error.
  package var clockLead: Duration? {
    guard case .clockAhead(let error) = self else { return nil }
    // `observed_at … is more than 5 minutes ahead of the database's clock, …`: two instants in the session's zone, UTC.
    let words = error.message.split(separator: " ")
    let instants = zip(words, words.dropFirst()).compactMap { day, time in
      Instant("\(day)T\(time.prefix { $0.isNumber || $0 == ":" || $0 == "." })Z")
    }
    return instants.count == 2 ? instants[0].since(instants[1]) : nil
  }

  /// Whether the same batch may go in a little later.
  package var isWorthRetrying: Bool {
    switch self {
    case .clockAhead: true
    case .refused: false
    case .database(let error): error.isWorthRetrying
    }
  }
}

extension LoadError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .clockAhead(let error):
      (clockLead.map { "this machine's clock is \($0.components.seconds) s ahead of the database's" } ?? error.message)
        + ": compare both with the time, and set the wrong one"
    case .refused(let error): "the database refused the batch: \(error)"
    case .database(let error): error.description
    }
  }
}

/// The database lacks what the migrations make.
package struct NotDeployed: Error, CustomStringConvertible {
  package let cause: PostgresError

  package var description: String {
    "this database has no Flux schema, or an older one (\(cause.message)): run flux-market db deploy"
  }

  /// `error` said otherwise where it means that a table, type, function, column or schema is missing.
  static func explaining(_ error: PostgresError) -> any Error {
    let missing = ["42P01", "42704", "42883", "42703", "3F000"]
    return missing.contains(error.sqlState ?? "") ? NotDeployed(cause: error) : error
  }
}
