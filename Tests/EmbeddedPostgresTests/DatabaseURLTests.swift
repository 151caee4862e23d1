import Testing

@testable import EmbeddedPostgres

@Suite struct `A database's address` {
  @Test(arguments: [
    (
      "postgres://ann:p%40ss:w%2Frd@db.example:6543/flux?sslmode=verify-full&connect_timeout=5",
      [
        "PGUSER": "ann", "PGPASSWORD": "p@ss:w/rd", "PGHOST": "db.example", "PGPORT": "6543", "PGDATABASE": "flux",
        "PGSSLMODE": "verify-full", "PGCONNECT_TIMEOUT": "5",
      ]
    ),
    (
      "postgresql://postgres@/flux?host=%2Ftmp%2Fa%20b&port=5432",
      ["PGUSER": "postgres", "PGDATABASE": "flux", "PGHOST": "/tmp/a b", "PGPORT": "5432"]
    ),
    ("postgresql://%2Fvar%2Frun/flux", ["PGHOST": "/var/run", "PGDATABASE": "flux"]),
    ("postgres://a:1,b:2/x?ssl=true", ["PGHOST": "a,b", "PGPORT": "1,2", "PGDATABASE": "x", "PGSSLMODE": "require"]),
    ("postgres://[::1]:5433/x", ["PGHOST": "::1", "PGPORT": "5433", "PGDATABASE": "x"]),
    ("postgres:///?service=flux", ["PGSERVICE": "flux"]),
    (
      "host = localhost dbname='a \\'b\\' \\\\' user=ann keepalives_idle=9",
      ["PGHOST": "localhost", "PGDATABASE": "a 'b' \\", "PGUSER": "ann"]
    ),
    ("", [:]),
  ])
  func `Its parts become libpq's variables`(text: String, variables: [String: String]) throws {
    #expect(try DatabaseURL(text).variables == variables)
  }

  @Test(arguments: [
    "mysql://secret@host/x", "postgres://u:secret@h:port/x", "postgres://u:secret%zz@h/x", "postgres://[::1/secret",
    "postgres://u:secret@h/x?unheard=1", "host=h password='secret", "secret",
  ])
  func `What is wrong is said without the secret`(text: String) {
    let error = #expect(throws: DatabaseURL.Malformed.self) { try DatabaseURL(text) }
    #expect(error?.description.contains("secret") == false)
    #expect(error?.description.contains("write postgres://") == true)
  }

  @Test func `The embedded server's own address is read back`() throws {
    let info = ConnectionInfo(
      socketFolder: "/tmp/fluß & co", port: 5432, user: "postgres", majorVersion: 15, processID: 1)
    let read = try DatabaseURL(info.url(database: "flux"))
    #expect(
      read.variables == ["PGUSER": "postgres", "PGDATABASE": "flux", "PGHOST": "/tmp/fluß & co", "PGPORT": "5432"])
  }
}
