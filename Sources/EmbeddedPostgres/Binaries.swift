import Glibc

/// The programs of one installed PostgreSQL server.
package struct Binaries: Sendable, Equatable {
  /// The folder that holds initdb, pg_ctl, postgres and psql.
  package let folder: String
  /// 15 for PostgreSQL 15.20.
  package let majorVersion: Int

  /// 14 is the oldest whose initdb and pg_ctl take all that we ask of them.
  static let oldestMajorVersion = 14
  static let programs = ["initdb", "pg_ctl", "postgres", "psql"]
  private static let debian = "/usr/lib/postgresql"

  /// The server to use: FLUX_POSTGRES_BIN alone where it is set, else the newest of Debian's folders
  /// (/usr/lib/postgresql/…/bin), of what `pg_config --bindir` names, and of the folders of PATH.
  ///
  /// - Parameter majorVersion: Only this one will do; nil takes the newest.
  /// - Throws: `ClusterError.notInstalled`, `.incompleteBinaries`.
  package static func find(environment: [String: String], majorVersion: Int? = nil) async throws -> Binaries? {
    let all = try await installed(environment: environment)
    guard let majorVersion else { return all.first }
    return all.first { $0.majorVersion == majorVersion }
  }

  /// Every server that is there, newest first; never empty.
  ///
  /// - Throws: `ClusterError.notInstalled`, `.incompleteBinaries`.
  package static func installed(environment: [String: String]) async throws -> [Binaries] {
    if let folder = environment["FLUX_POSTGRES_BIN"], !folder.isEmpty {
      if let program = missing(in: folder) { throw ClusterError.incompleteBinaries(folder: folder, program: program) }
      guard let found = try await Binaries(asking: folder) else {
        throw ClusterError.notInstalled(searched: [folder])
      }
      return [found]
    }
    var found: [Binaries] = names(in: debian).compactMap { name in
      guard let version = Int(name), missing(in: "\(debian)/\(name)/bin") == nil else { return nil }
      return Binaries(folder: "\(debian)/\(name)/bin", majorVersion: version)
    }
    if found.isEmpty {
      for folder in try await otherFolders(environment: environment) where missing(in: folder) == nil {
        if let binaries = try await Binaries(asking: folder) { found.append(binaries) }
      }
    }
    found = found.filter { $0.majorVersion >= oldestMajorVersion }.sorted { $0.majorVersion > $1.majorVersion }
    guard !found.isEmpty else {
      throw ClusterError.notInstalled(searched: ["\(debian)/…/bin", "pg_config --bindir", "PATH"])
    }
    return found
  }

  private static func otherFolders(environment: [String: String]) async throws -> [String] {
    let path = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    var folders = path.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
    if folders.contains(where: { access($0 + "/pg_config", X_OK) == 0 }) {
      let asked = try await Program(name: "pg_config", folder: nil, environment: ["PATH": path]).run(["--bindir"])
      if asked.succeeded { folders.insert(asked.output.trimmed, at: 0) }
    }
    return folders
  }

  private static func missing(in folder: String) -> String? {
    programs.first { access(folder + "/" + $0, X_OK) != 0 }
  }

  private init(folder: String, majorVersion: Int) {
    self.folder = folder
    self.majorVersion = majorVersion
  }

  /// Asks the server itself: `postgres (PostgreSQL) 15.20 (Debian …)`.
  private init?(asking folder: String) async throws {
    let answer = try await Program(name: "postgres", folder: folder).run(["--version"])
    let words = answer.output.split(separator: " ")
    guard answer.succeeded, words.count >= 3, let version = Int(words[2].prefix { $0.isNumber }) else { return nil }
    self.init(folder: folder, majorVersion: version)
  }

  func program(_ name: String, as account: Account?) -> Program {
    Program(name: name, folder: folder, account: account)
  }
}
