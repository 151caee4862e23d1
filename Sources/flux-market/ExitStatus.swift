import Decode
import EmbeddedPostgres
import Feeds
import Fetch
import Intake
import Market
import Postgres
import Store

/// How the program ends, in the words of sysexits(3).
///
/// Thrown by a command that has already told what is wrong.
enum ExitStatus: Int32, Error {
  /// The command was used wrongly.
  case usage = 64
  /// What was given to read is wrong.
  case data = 65
  /// A file that was named is not there.
  case noInput = 66
  /// The database is away, or something needed is not installed.
  case unavailable = 69
  /// The operating system refused.
  case operatingSystem = 71
  /// A feed answered with something else than it promises.
  case remote = 76
  /// It may work later: a feed or the database was away.
  case later = 75
  /// Not allowed.
  case permission = 77
  /// A feed's file or a setting is wrong.
  case configuration = 78

  /// - Returns: nil for errors of the command line itself, which the argument parser prints with the usage.
  init?(of error: any Error) {
    switch error {
    case let error as PostgresError: self.init(error)
    case is ClusterError: self = .unavailable
    case is FeedsRefused, is InvalidURL, is SettingError: self = .configuration
    case is CredentialError, is CredentialSetting.Unreadable: self = .configuration
    case is ZoneDataError: self = .unavailable
    case is DecodeError: self = .remote
    case let error as FetchError: self = error.remedy.isAgain ? .later : .remote
    case let error as LoadError: self.init(error.underlying)
    case is NotDeployed: self = .configuration
    case is SqitchError: self = .unavailable
    case is UnknownName, is UnknownSignal, is SignalExists: self = .usage
    case is CancellationError: self = .later
    default: return nil
    }
  }

  private init(_ error: PostgresError) {
    switch error.kind {
    case .settings, .unknownDatabase: self = .configuration
    case .authentication: self = .permission
    case .server where error.sqlState == "42501": self = .permission
    case .unknownHost, .unreachable, .unavailable, .lost, .closed: self = .unavailable
    case .server, .cancelled, .unexpectedReply: self = error.isWorthRetrying ? .later : .unavailable
    }
  }
}

/// A setting that cannot be used.
struct SettingError: Error, CustomStringConvertible {
  let description: String
}

/// A name on the command line that nothing has, with those that are there.
struct UnknownName: Error, CustomStringConvertible {
  let description: String

  init(_ what: String, _ name: String, known: [String], more: String = "") {
    description = "there is no \(what) named \"\(name)\"; there are \(known.sorted().joined(separator: ", "))\(more)"
  }
}
