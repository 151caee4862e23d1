import Glibc
import Testing

@testable import EmbeddedPostgres

@Suite struct `A cluster in a state folder` {
  @Test func `It is made at the first start and found again at the next`() async throws {
    try await withTemporaryState { cluster in
      #expect(try cluster.status() == .absent)
      let first = try await cluster.start()
      #expect(try cluster.status() == .running(first))
      #expect(try await query("SHOW listen_addresses", first) == "")
      #expect(try await query("SHOW server_encoding", first) == "UTF8")
      #expect(try await query("SHOW random_page_cost", first) == "1.1")
      #expect(try await query("SELECT datcollate FROM pg_database WHERE datname = 'flux'", first) == "C")
      #expect(try await query("SELECT current_database()", first, database: "flux_simulated") == "flux_simulated")
      #expect(try await cluster.start() == first)
    }
  }

  @Test func `What is stored outlives a stop and a start`() async throws {
    try await withTemporaryState { cluster in
      let first = try await cluster.start()
      _ = try await query("CREATE TABLE kept AS SELECT 42 AS answer", first)
      #expect(try await cluster.stop())
      #expect(try cluster.status() == .stopped(majorVersion: first.majorVersion))
      #expect(try await cluster.stop() == false)
      let second = try await cluster.start()
      #expect(second.processID != first.processID)
      #expect(try await query("SELECT answer FROM kept", second) == "42")
    }
  }

  @Test func `Many starts at once make one cluster and one server`() async throws {
    try await withTemporaryState { cluster in
      let infos = try await withThrowingTaskGroup(of: ConnectionInfo.self) { group in
        for _ in 0..<6 { group.addTask { try await cluster.start() } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(infos.map(\.processID)).count == 1)
      #expect(try await shell("ls \(cluster.state.path)/postgres") == "data\nserver.log\nsocket")
    }
  }

  @Test func `A killed server is started again with what was committed`() async throws {
    try await withTemporaryState { cluster in
      let first = try await cluster.start()
      _ = try await query("CREATE TABLE kept AS SELECT 42 AS answer", first)
      kill(first.processID, SIGKILL)
      while kill(first.processID, 0) == 0 { try await Task.sleep(for: .milliseconds(5)) }
      #expect(try cluster.status() == .crashed(majorVersion: first.majorVersion))
      let second = try await cluster.start()
      #expect(second.processID != first.processID)
      #expect(try await query("SELECT answer FROM kept", second) == "42")
    }
  }

  @Test func `A left-over process number that belongs to somebody else now does not stop it`() async throws {
    try await withTemporaryState { cluster in
      let first = try await cluster.start()
      let file = cluster.state.path + "/postgres/data/postmaster.pid"
      let left = try await shell("cat \(file)")
      try await cluster.stop()
      // As after a power cut, with our own number in the place of the server's.
      let taken = left.split(separator: "\n").dropFirst().joined(separator: "\n")
      try await shell("printf '%s\\n' \(quoted("\(getpid())\n" + taken)) > \(file)")
      #expect(try cluster.status() == .crashed(majorVersion: first.majorVersion))
      let second = try await cluster.start()
      #expect(try cluster.status() == .running(second))
    }
  }

  @Test func `A half-made cluster is thrown away and made anew`() async throws {
    try await withTemporaryState { cluster in
      let partial = cluster.state.path + "/postgres/data.partial"
      try await shell("mkdir -p \(partial)/base && echo 15 > \(partial)/PG_VERSION")
      if geteuid() == 0 { try await shell("chown -R postgres \(cluster.state.path)/postgres") }
      #expect(try cluster.status() == .absent)
      let info = try await cluster.start()
      #expect(try await query("SELECT 1", info) == "1")
      #expect(FileFacts(partial) == nil)
    }
  }

  @Test func `A start that was killed while it held the lock does not lock out the next`() async throws {
    try await withTemporaryState { cluster in
      try cluster.state.create()
      let lock = FileLock(path: cluster.state.path + "/postgres.lock", patience: .milliseconds(50))
      let holder = try await shell("flock --no-fork \(lock.path) sleep 600 >/dev/null 2>&1 & echo $!")
      while true {
        do { try await lock.whileHeld {} } catch ClusterError.locked { break }
      }
      try await shell("kill -9 \(holder)")
      #expect(try await lock.whileHeldSoon() == "held")
    }
  }

  @Test func `A cluster of a version that is not installed is named with the cure`() async throws {
    try await withTemporaryState { cluster in
      let info = try await cluster.start()
      try await cluster.stop()
      try await shell("echo 12 > \(cluster.state.path)/postgres/data/PG_VERSION")
      let installed = try await Binaries.installed(environment: [:]).map(\.majorVersion)
      let expected = ClusterError.otherMajorVersion(
        cluster: 12, data: cluster.state.path + "/postgres/data", installed: installed)
      await #expect(throws: expected) { try await cluster.start() }
      #expect("\(expected)".contains("apt-get install postgresql-12"))
      #expect(installed.contains(info.majorVersion))
    }
  }

  @Test func `A folder that holds something else is left alone`() async throws {
    try await withTemporaryState { cluster in
      let data = cluster.state.path + "/postgres/data"
      try await shell("mkdir -p \(data) && echo precious > \(data)/file")
      await #expect(throws: ClusterError.notACluster(data: data)) { try await cluster.start() }
      #expect(try await shell("cat \(data)/file") == "precious")
    }
  }

  @Test(arguments: ["-" + String(repeating: "long", count: 30), " with a quote', a comma & spaces"])
  func `A path that no socket can have gets a short private folder`(suffix: String) async throws {
    try await withTemporaryState(named: suffix) { cluster in
      let info = try await cluster.start()
      #expect(info.socketFolder.hasPrefix("/tmp/flux-market-"))
      #expect(FileFacts(info.socketFolder)?.permissions == 0o700)
      #expect(try await query("SELECT 1", info) == "1")
    }
  }

  @Test func `A path that a shell would read otherwise is refused`() async throws {
    let state = StateFolder(path: "/tmp/flux-$HOME")
    await #expect(throws: ClusterError.unusablePath(state.path)) {
      try await Cluster(state: state, environment: [:]).start()
    }
  }

  @Test func `A socket folder that somebody else made first is refused`() async throws {
    try await withTemporaryState(named: " odd") { cluster in
      let socket = SocketFolder.path(in: cluster.state.path + "/postgres")
      try await shell("ln -s /var \(socket)")
      await #expect(throws: ClusterError.socketFolderTaken(socket)) { try await cluster.start() }
    }
  }

  @Test func `A server whose socket was cleaned away is started anew`() async throws {
    try await withTemporaryState { cluster in
      let first = try await cluster.start()
      try await shell("rm -rf \(first.socketFolder)")
      let second = try await cluster.start()
      #expect(second.processID != first.processID)
      #expect(try await query("SELECT 1", second) == "1")
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root drops to another user"))
  func `A state folder that the server's user cannot reach is named, topmost folder first`() async throws {
    try await withTemporaryState(named: "/closed/inner/state") { cluster in
      let closed = try #require(parent(of: cluster.state.path).flatMap { parent(of: $0) })
      try await shell("mkdir -p \(closed)/inner && chmod 700 \(closed)")
      await #expect(throws: ClusterError.notSearchable(folder: closed, account: "postgres")) {
        try await cluster.start()
      }
      try await shell("chmod o+x \(closed)")
      #expect(try await query("SELECT 1", try await cluster.start()) == "1")
    }
  }

  @Test func `Nobody but the server's user and root may enter`() async throws {
    try await withTemporaryState { cluster in
      let info = try await cluster.start()
      #expect(FileFacts(info.socketFolder)?.permissions == 0o700)
      #expect(FileFacts(cluster.state.path + "/postgres")?.permissions == 0o700)
      #expect(FileFacts(cluster.state.path)?.permissions == (geteuid() == 0 ? 0o710 : 0o700))
    }
  }
}

extension FileLock {
  fileprivate func whileHeldSoon() async throws -> String {
    var patient = self
    patient.patience = .seconds(60)
    return try await patient.whileHeld { "held" }
  }
}
