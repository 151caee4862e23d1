import Glibc
import Testing

@testable import EmbeddedPostgres

@Suite struct `Where state is kept` {
  @Test(arguments: [
    (["FLUX_STATE_DIR": "/srv/flux/", "XDG_STATE_HOME": "/x", "HOME": "/h"], UInt32(1000), "/srv/flux"),
    (["XDG_STATE_HOME": "/x", "HOME": "/h"], 1000, "/x/flux-market"),
    (["XDG_STATE_HOME": "relative", "HOME": "/h"], 1000, "/h/.local/state/flux-market"),
    (["FLUX_STATE_DIR": "", "HOME": "/h"], 1000, "/h/.local/state/flux-market"),
    (["XDG_STATE_HOME": "/x", "HOME": "/root"], 0, "/var/lib/flux-market"),
    (["FLUX_STATE_DIR": "/srv/flux"], 0, "/srv/flux"),
  ])
  func `The environment and the user decide`(environment: [String: String], user: UInt32, path: String) {
    #expect(StateFolder(environment: environment, user: user).path == path)
  }

  @Test func `It is made private with the parents it lacks`() async throws {
    try await withTemporaryState(named: "/a/b") { cluster in
      try cluster.state.create()
      #expect(FileFacts(cluster.state.path)?.permissions == 0o700)
      try cluster.state.create()
    }
  }

  @Test func `What stands in its place is named`() async throws {
    try await withTemporaryState { cluster in
      try await shell("touch \(cluster.state.path)")
      let inside = StateFolder(path: cluster.state.path + "/state")
      #expect(throws: ClusterError.self) { try inside.create() }
    }
  }
}

@Suite struct `The installed PostgreSQL` {
  @Test func `The newest server is taken, and one of a version that is not there is nil`() async throws {
    let all = try await Binaries.installed(environment: [:])
    let newest = try #require(all.first)
    #expect(all.allSatisfy { $0.majorVersion <= newest.majorVersion && $0.majorVersion >= 14 })
    #expect(access(newest.folder + "/initdb", X_OK) == 0)
    #expect(try await Binaries.find(environment: [:], majorVersion: 14_000) == nil)
  }

  @Test func `A folder given by name is asked for its version and must be whole`() async throws {
    let newest = try #require(try await Binaries.find(environment: [:]))
    #expect(try await Binaries.installed(environment: ["FLUX_POSTGRES_BIN": newest.folder]) == [newest])
    let error = ClusterError.incompleteBinaries(folder: "/usr/bin", program: "initdb")
    await #expect(throws: error) { try await Binaries.installed(environment: ["FLUX_POSTGRES_BIN": "/usr/bin"]) }
  }
}
