import Glibc
import Postgres
import Support
import Testing

@Suite struct `Connecting` {
  private func refusal(_ connectionString: String) async throws -> PostgresError {
    let settings = try ConnectionSettings(connectionString)
    return try #require(await #expect(throws: PostgresError.self) { _ = try await Connection.open(settings) })
  }

  @Test func `A server that is not there is named, at once, with what to check`() async throws {
    let error = try await refusal("host=/nowhere port=5432 dbname=flux user=someone password=s3cret")
    #expect(error.kind == .unreachable)
    #expect(error.isWorthRetrying)
    #expect(error.description.contains("(host=/nowhere port=5432 dbname=flux user=someone)"))
    #expect(error.description.contains("check that the server runs"))
    #expect(!error.description.contains("s3cret"))
    #expect(!error.description.contains("\n"))
    #expect(try await refusal("host=127.0.0.1 port=1").kind == .unreachable)
  }

  @Test func `An unknown host is told from a server that is down`() async throws {
    let error = try await refusal("postgres://someone:s3cret@no-such-host.invalid/flux")
    #expect(error.kind == .unknownHost)
    #expect(!error.description.contains("s3cret"))
  }

  @Test func `A server that never answers is given up`() async throws {
    // Listens and accepts nothing: the kernel completes the handshake, and then there is silence.
    let (listener, port) = try silentListener()
    defer { close(listener) }
    let began = ContinuousClock.now
    let error = try await refusal("host=127.0.0.1 port=\(port) connect_timeout=2")
    #expect(error.kind == .unreachable)
    // Without a limit it would wait for ever.
    #expect(ContinuousClock.now - began < .seconds(60))
  }

  @Test func `A cancelled caller does not wait for a silent server`() async throws {
    let (listener, port) = try silentListener()
    defer { close(listener) }
    let settings = try ConnectionSettings("host=127.0.0.1 port=\(port) connect_timeout=600")
    let opening = Task { _ = try await Connection.open(settings) }
    let began = ContinuousClock.now
    opening.cancel()
    let error = await #expect(throws: PostgresError.self) { try await opening.value }
    #expect(error?.kind == .cancelled)
    #expect(ContinuousClock.now - began < .seconds(60))
  }

  @Test func `An unknown database is told by its SQLSTATE, in the server's own words`() async throws {
    try await TestDatabase.with(migrated: false) { database async throws in
      let missing = try ConnectionSettings(database.url, database: "no_such_database")
      let error = await #expect(throws: PostgresError.self) { _ = try await Connection.open(missing) }
      #expect(error?.kind == .unknownDatabase)
      #expect(error?.sqlState == "3D000")
      #expect(error?.description.contains("database \"no_such_database\" does not exist") == true)
      #expect(error?.description.contains("LOCATION") == false)
    }
  }

  @Test func `A connection string that can't be read is refused without being shown`() {
    let strings = [
      "postgres://someone:p%zzs3cret@host/db", "host=a s3cret", "postgres://someone:s3/cret@host/db",
      "postgres://someone:ab@s3cret@host/db", "hots=s3cret", "host='s3cret",
    ]
    for string in strings {
      let error = #expect(throws: PostgresError.self) { _ = try ConnectionSettings(string) }
      #expect(error?.kind == .settings)
      #expect(error?.description.contains("s3") == false, "\(string)")
    }
  }

  @Test func `Settings print where they lead and never the password`() throws {
    let settings = try ConnectionSettings("postgres://someone:s3cret@db.example:5433/flux?sslpassword=t0psecret")
    #expect("\(settings)" == "host=db.example port=5433 dbname=flux user=someone")
    var dumped = ""
    dump(settings, to: &dumped)
    let told = "\(settings) \(String(reflecting: settings)) \(dumped)"
    #expect(!told.contains("s3cret") && !told.contains("t0psecret"))
  }

  @Test func `The session is named, speaks UTF-8 and UTC, and can be given another name`() async throws {
    try await TestDatabase.with(migrated: false) { database async throws in
      func setting(_ name: String, _ settings: ConnectionSettings) async throws -> String {
        try await Connection.with(settings) {
          try await $0.query("SELECT current_setting($1)", [.value(name)]).read(0, 0)
        }
      }
      let settings = try ConnectionSettings(database.url)
      #expect(try await setting("application_name", settings) == "flux-market")
      #expect(try await setting("client_encoding", settings) == "UTF8")
      #expect(try await setting("TimeZone", settings) == "UTC")
      guard !database.url.hasPrefix("postgres") else { return }
      let named = try ConnectionSettings(database.url + " application_name=mine")
      #expect(try await setting("application_name", named) == "mine")
    }
  }

  @Test func `A service file says where the database is`() async throws {
    try await TestDatabase.with(migrated: false) { database async throws in
      guard !database.url.hasPrefix("postgres") else { return }
      let file = "/tmp/flux-test-\(getpid())-service.conf"
      let pairs = database.url.split(separator: " ").joined(separator: "\n")
      let stream = try #require(fopen(file, "w"))
      fputs("[flux-tests]\n\(pairs)\napplication_name=from-the-file\n", stream)
      fclose(stream)
      defer { unlink(file) }
      // The tests of this process share its environment: only this one sets the file's name.
      setenv("PGSERVICEFILE", file, 1)
      defer { unsetenv("PGSERVICEFILE") }
      let settings = try ConnectionSettings("service=flux-tests")
      #expect("\(settings)" == "service=flux-tests")
      let name = try await Connection.with(settings) {
        try await $0.query("SELECT current_database() || ' ' || current_setting('application_name')").read(
          0, 0, as: String.self)
      }
      #expect(name == "\(database.name) from-the-file")
    }
  }

  private func silentListener() throws -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    try withUnsafeMutablePointer(to: &address) { pointer in
      try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        try #require(bind(descriptor, address, length) == 0 && listen(descriptor, 8) == 0)
        try #require(getsockname(descriptor, address, &length) == 0)
      }
    }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }
}
