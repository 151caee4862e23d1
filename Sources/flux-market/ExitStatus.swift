import Decode
import EmbeddedPostgres
import Feeds
import Fetch
import Import
import Intake
import Leases
import Market
import Postgres
import Server
import Simulator
import Spool
import Store

/// How the program ends, in the words of sysexits(3).
///
/// Thrown by a command that has already told what is wrong.
enum ExitStatus: Int32, Error {
  /// `status` found a feed, or something that they need, that is not well; `latest` a signal that is stale.
  case degraded = 1
  /// The command was used wrongly.
  case usage = 64
  /// What was given to read is wrong.
  case data = 65
  /// A file that was named is not there.
  case noInput = 66
  /// A feed's host has no address.
  case noHost = 68
  /// The database is away, or something needed is not installed.
  case unavailable = 69
  /// A fault of this program.
  case software = 70
  /// A file of the operating system is missing.
  case systemFile = 72
  /// The state folder, or a file to write, cannot be made.
  case cannotCreate = 73
  /// What was printed could not be written.
  case inputOutput = 74
  /// It may work later: a feed or the database was away.
  case later = 75
  /// A feed answered with something else than it promises.
  case remote = 76
  /// Not allowed.
  case permission = 77
  /// A feed's file, a setting or the database's schema is not as it must be.
  case configuration = 78

  /// - Returns: nil for errors that are not foreseen.
  init?(of error: any Error) {
    switch error {
    case let error as PostgresError: self.init(error)
    case let error as LoadError: self.init(error)
    case let error as SpoolError: self.init(error)
    case let error as ClusterError: self.init(error)
    case let error as SqitchError: self.init(error)
    case let error as FetchError: self.init(error)
    case let error as NoPermit: self.init(of: error.cause)
    case is Late: self = .later
    case is FeedsRefused, is InvalidURL, is SettingError, is NotDeployed: self = .configuration
    case is CredentialError, is CredentialSetting.Unreadable: self = .configuration
    case is ZoneDataError: self = .systemFile
    case is DecodeError: self = .remote
    case is UnknownName, is UnknownSignal, is SignalExists, is PolicyRefused, is UsageError: self = .usage
    case RecordingError.malformed: self = .data
    case is RecordingError: self = .noInput
    case is LedgerError: self = .cannotCreate
    case let error as PortError: self = error.isForbidden ? .permission : .unavailable
    case let error as ListenError: self = error.isForbidden ? .permission : .unavailable
    case is TokensMissing, is APITokens.Malformed, is ListenAddress.Malformed: self = .configuration
    case is UnsafeAddress, is UnreadableCertificate: self = .configuration
    case is OutputFileError: self = .cannotCreate
    case let error as InputError: self.init(error)
    case is TableError, is OutOfOrder, is Damaged: self = .data
    case is NoTable: self = .usage
    case let error as GnuplotError: self = error.isMissing ? .unavailable : .software
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

  private init(_ error: InputError) {
    switch error.reason {
    case .unreadable: self = .noInput
    case .damaged, .tooLarge: self = .data
    case .notInstalled: self = .unavailable
    }
  }

  private init(_ error: LoadError) {
    switch error {
    case .clockAhead: self = .later
    case .refused: self = .data
    case .database(let error): self.init(error)
    }
  }

  private init(_ error: SpoolError) {
    switch error {
    case .full, .busy: self = .later
    case .disk: self = .cannotCreate
    case .newer: self = .configuration
    case .damaged: self = .data
    case .absent: self = .noInput
    }
  }

  private init(_ error: ClusterError) {
    switch error {
    case .notInstalled, .otherMajorVersion, .noAccount, .program: self = .unavailable
    case .incompleteBinaries, .unusablePath, .notACluster: self = .configuration
    case .notOurs, .notSearchable, .socketFolderTaken: self = .permission
    case .file: self = .cannotCreate
    case .locked: self = .later
    }
  }

  private init(_ error: SqitchError) {
    switch error {
    case .notInstalled: self = .unavailable
    case .address, .noPlan, .newer: self = .configuration
    // The server's words are all that psql and Sqitch hand on.
    case .unreachable(let message), .failed(let message):
      self = message.contains("permission denied") ? .permission : .unavailable
    }
  }

  private init(_ error: FetchError) {
    switch (error.reason, error.remedy) {
    case (.unknownHost, _): self = .noHost
    case (.status(401), _), (.status(403), _): self = .permission
    case (.badScheme, _), (.badHeader, _), (.redirected, _): self = .configuration
    case (.webPage, _): self = .remote
    case (_, .again), (_, .cancelled): self = .later
    default: self = .remote
    }
  }
}

/// The command line names what cannot be done.
struct UsageError: Error, CustomStringConvertible {
  let description: String
}

/// A setting that cannot be used.
struct SettingError: Error, CustomStringConvertible {
  let description: String
}

/// A name on the command line that nothing has, with those that are there.
struct UnknownName: Error, CustomStringConvertible {
  let description: String

  init(_ what: String, _ name: String, known: [String]) {
    let list = known.sorted().joined(separator: ", ")
    let rest = nearest(to: name, of: known).map { "did you mean \($0)? There are \(list)" } ?? "there are \(list)"
    description = "there is no \(what) named \"\(name)\"; \(rest)"
  }
}
