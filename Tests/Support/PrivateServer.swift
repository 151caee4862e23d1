import Foundation
import Synchronization

/// A PostgreSQL cluster in a short folder of /tmp, on a unix socket only, without the care for power cuts.
///
/// The shell that guards it reads a pipe that this process holds: when the process is gone, killed or not, the read
/// ends, the server is stopped and the folder removed.
enum PrivateServer {
  /// - Returns: the folder of the socket.
  static func start() async throws -> String {
    removeLeftovers()
    let binaries = try binaries()
    let name = "/tmp/flux-test-\(getpid())"
    try FileManager.default.createDirectory(atPath: name, withIntermediateDirectories: false)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", guardian, "sh", name, binaries, timescale]
    if geteuid() == 0 {
      guard let account = getpwnam("postgres") else { throw SetupFailed(message: "there is no user postgres") }
      chown(name, account.pointee.pw_uid, account.pointee.pw_gid)
      process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
      process.arguments =
        ["--reuid=postgres", "--regid=postgres", "--init-groups", "--", "/bin/sh"] + (process.arguments ?? [])
    }
    process.currentDirectoryURL = URL(fileURLWithPath: name)
    let lifeline = Pipe()
    let report = Pipe()
    // No other child may hold the pipe open after us.
    _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    process.standardInput = lifeline
    process.standardOutput = report
    process.standardError = FileHandle.nullDevice
    try process.run()
    held.withLock { $0.append(lifeline) }
    let line = await Shell.firstLine(of: report.fileHandleForReading)
    guard line == "ready" else {
      let log = try? String(contentsOfFile: "\(name)/log", encoding: .utf8)
      throw SetupFailed(message: "no PostgreSQL for the tests: \(log?.suffix(2_000) ?? "initdb said nothing")")
    }
    return name
  }

  /// The write ends that keep the servers alive, open as long as the process lives.
  private static let held = Mutex<[Pipe]>([])

  private static var timescale: String {
    ProcessInfo.processInfo.environment["FLUX_TEST_TIMESCALEDB"] == nil ? "" : "timescaledb"
  }

  /// $1 folder, $2 the server's programs, $3 what to preload.
  private static let guardian = """
    trap '' INT HUP TERM
    exec 2>"$1/log"
    "$2/initdb" -D "$1/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions >&2 || exit 1
    "$2/postgres" -D "$1/data" -k "$1" -h '' -c fsync=off -c synchronous_commit=off -c full_page_writes=off \\
      -c max_connections=300 -c shared_buffers=64MB -c random_page_cost=1.1 -c jit=off -c max_wal_size=512MB \\
      -c shared_preload_libraries="$3" -c timescaledb.telemetry_level=off >&2 </dev/null &
    server=$!
    tries=0
    until "$2/pg_isready" -q -h "$1" -U postgres; do
      tries=$((tries + 1))
      if [ $tries -gt 2400 ] || ! kill -0 $server; then exit 1; fi
      sleep 0.05
    done
    echo ready
    exec >&2
    while read -r line; do :; done
    kill -INT $server
    wait $server
    cd /
    rm -rf "$1"
    """

  /// The newest PostgreSQL installed the Debian way, else the one pg_config names.
  private static func binaries() throws -> String {
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    for version in versions.sorted(by: { (Int($0) ?? 0) > (Int($1) ?? 0) }) {
      let folder = "\(root)/\(version)/bin"
      if FileManager.default.isExecutableFile(atPath: "\(folder)/initdb") { return folder }
    }
    for folder in (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") {
      if FileManager.default.isExecutableFile(atPath: "\(folder)/initdb") { return String(folder) }
    }
    throw SetupFailed(message: "the tests need a PostgreSQL server: apt-get install postgresql")
  }

  /// Folders whose process and server are both gone: the machine went down under them.
  private static func removeLeftovers() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: "/tmp")) ?? [] where name.hasPrefix("flux-test-")
    {
      let folder = "/tmp/\(name)"
      guard let owner = Int32(name.dropFirst("flux-test-".count)), owner == getpid() || isGone(owner) else { continue }
      let first = try? String(contentsOfFile: "\(folder)/data/postmaster.pid", encoding: .utf8).split(separator: "\n")
        .first
      if let server = first.flatMap({ Int32($0) }), !isGone(server) { continue }
      try? FileManager.default.removeItem(atPath: folder)
    }
  }

  private static func isGone(_ process: Int32) -> Bool { kill(process, 0) == -1 && errno == ESRCH }
}
