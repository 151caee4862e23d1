import Glibc

@testable import EmbeddedPostgres

/// A state folder of a test's own; its server is stopped and the folder removed when the body ends.
func withTemporaryState<T>(
  named suffix: String = "", environment: [String: String] = [:], _ body: (Cluster) async throws -> T
) async throws -> T {
  var template = Array("/tmp/flux-embedded-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw ClusterError.file("make a folder from", "/tmp/flux-embedded-XXXXXX") }
  let root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  // The folder above the state folder is for everyone to pass, as a home's or /var/lib's is.
  chmod(root, 0o755)
  let cluster = Cluster(state: StateFolder(path: root + "/state" + suffix), environment: environment)
  do {
    let result = try await body(cluster)
    try await end(cluster, root)
    return result
  } catch {
    try await end(cluster, root)
    throw error
  }
}

private func end(_ cluster: Cluster, _ root: String) async throws {
  // A test may have damaged the cluster on purpose, so that it cannot be stopped in the usual way.
  if let server = DataFolder(path: cluster.state.path + "/postgres/data").runningProcess { kill(server, SIGQUIT) }
  _ = try await shell("rm -rf \(quoted(root)) \(quoted(SocketFolder.path(in: cluster.state.path + "/postgres")))")
}

extension DataFolder {
  var runningProcess: Int32? {
    if case .alive(let postmaster) = life { return postmaster.processID }
    return nil
  }
}

/// `text` as one word of the shell.
func quoted(_ text: String) -> String {
  "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}

/// Runs a line of shell to its end.
@discardableResult func shell(_ line: String) async throws -> String {
  let result = try await Program(name: "sh", folder: nil).run(["-c", line])
  guard result.succeeded else { throw ClusterError.program(name: line, message: result.reason, log: nil) }
  return result.output.trimmed
}

/// The answer of the server to one query, as psql prints it unaligned.
func query(_ sql: String, _ info: ConnectionInfo, database: String = "flux") async throws -> String {
  guard let binaries = try await Binaries.find(environment: [:]) else { throw ClusterError.notInstalled(searched: []) }
  let result = try await binaries.program("psql", as: nil)
    .run(["-X", "-A", "-t", "-d", info.url(database: database), "-c", sql])
  guard result.succeeded else { throw ClusterError.program(name: "psql", message: result.reason, log: nil) }
  return result.output.trimmed
}
