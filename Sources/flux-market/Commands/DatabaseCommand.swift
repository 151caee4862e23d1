import ArgumentParser
import EmbeddedPostgres
import Market
import Postgres
import Store

struct DatabaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "db",
    abstract: "The embedded database, the schema of any database, what it keeps, and the signals that it knows.",
    subcommands: [
      Up.self, Down.self, Status.self, Deploy.self, URL.self, PoliciesCommand.self, Maintain.self, Refresh.self,
      SignalCommand.self,
    ])

  struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "up",
      abstract: "Starts the embedded database, makes it where it is missing, and brings its schema up to date.",
      discussion: "flux-market db up")

    func run() async throws {
      let settings = try Settings()
      let info = try await Cluster(state: settings.state, environment: settings.environment).start()
      for database in Cluster.databases {
        try await Sqitch(migrations: settings.migrationsFolder, environment: settings.environment)
          .deploy(to: info.url(database: database))
      }
      say("running: \(info.url(database: DatabaseAccess.embeddedName(simulated: false)))")
      try settings.tellIfConfigured()
    }
  }

  struct Down: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "down", abstract: "Stops the embedded database. Its data stay.", discussion: "flux-market db down")

    func run() async throws {
      let settings = try Settings()
      let wasRunning = try await Cluster(state: settings.state, environment: settings.environment).stop()
      say(wasRunning ? "stopped" : "it was not running")
    }
  }

  struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "status",
      abstract: "Says which database is used, its engine, whether its schema is up to date, and what that is made of.",
      discussion: """
        flux-market db status

        Ends with 0 where all is well, 69 where the database is away, 78 where its schema is not deployed.
        """)

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let settings = try Settings()
      var rows = RowWriter(["what", "state"], options: output, london: settings.london)
      var status: ExitStatus?
      let address: String?
      if !database.simulated, let configured = try settings.configuredDatabase() {
        rows.write([.text("database"), .text("configured, \(try ConnectionSettings(configured))")])
        address = configured
      } else {
        rows.write([.text("state folder"), .text(settings.state.path)])
        switch try Cluster(state: settings.state, environment: settings.environment).status() {
        case .running(let info):
          let url = info.url(database: DatabaseAccess.embeddedName(simulated: database.simulated))
          rows.write([.text("database"), .text("embedded, running: \(url)")])
          address = url
        case let other:
          rows.write([.text("database"), .text("embedded, \(other.words): `flux-market db up` starts it")])
          address = nil
          status = .unavailable
        }
      }
      do {
        if let address { status = try await describe(address, settings, &rows) }
      } catch {
        rows.finish(none: "")
        throw error
      }
      rows.finish(none: "")
      if let status { throw status }
    }

    /// - Returns: how to end where something is to be done.
    private func describe(
      _ address: String, _ settings: Settings, _ rows: inout RowWriter
    ) async throws -> ExitStatus? {
      let engine = try await Connection.with(try ConnectionSettings(address)) { connection in
        try await Engine.read(through: connection)
      }
      rows.write([.text("engine"), .text("\(engine)")])
      let sqitch = Sqitch(migrations: settings.migrationsFolder, environment: settings.environment)
      let schema = try await sqitch.status(of: address.isEmpty ? nil : address)
      guard !schema.isDeployed else {
        rows.write([.text("schema"), .text("up to date, \(schema.deployed.count) changes")])
        let shape = try await Connection.with(try ConnectionSettings(address)) { connection in
          try await SchemaShape.read(through: connection)
        }
        for relation in shape.relations { rows.write([.text(relation.name), .text("\(relation.kind)")]) }
        for reason in shape.conversionsDue {
          rows.write([.text("conversion"), .text("due: \(reason); docs/engines.md tells how")])
        }
        return nil
      }
      let all = schema.pending.count + schema.deployed.count
      rows.write([
        .text("schema"),
        .text("\(schema.pending.count) of \(all) changes are missing: `flux-market db deploy` makes them"),
      ])
      return .configuration
    }
  }

  struct Deploy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "deploy",
      abstract: "Brings a database's schema up to date: the configured one, the embedded one, or one given by URL.",
      discussion: """
        flux-market db deploy
        flux-market db deploy postgres://flux@db.example/flux

        A password is better kept in PGPASSWORD, FLUX_DATABASE_URL_FILE or ~/.pgpass than in an argument.
        """)

    @Argument(help: ArgumentHelp("A libpq URL or keyword string.", valueName: "url"))
    var url: String?
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
      let settings = try Settings()
      let sqitch = Sqitch(migrations: settings.migrationsFolder, environment: settings.environment)
      let deployed: [String]
      if let given = try url ?? (database.simulated ? nil : settings.configuredDatabase()) {
        // Asked by ourselves first: what is wrong with an address or a password is better said by libpq than by Sqitch.
        try await Connection.with(try ConnectionSettings(given)) { _ in }
        deployed = try await sqitch.deploy(to: given.isEmpty ? nil : given)
      } else {
        let info = try await Cluster(state: settings.state, environment: settings.environment).start()
        deployed = try await sqitch.deploy(
          to: info.url(database: DatabaseAccess.embeddedName(simulated: database.simulated)))
      }
      say(deployed.isEmpty ? "up to date" : "deployed: \(deployed.joined(separator: ", "))")
    }
  }

  struct URL: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "url", abstract: "Prints the embedded database's address, for psql and other programs.",
      discussion: "psql \"$(flux-market db url)\"")

    @OptionGroup var database: DatabaseOptions

    func run() async throws {
      let settings = try Settings()
      guard case .running(let info) = try Cluster(state: settings.state, environment: settings.environment).status()
      else {
        tell("flux-market: the embedded database is not running; `flux-market db up` starts it")
        throw ExitStatus.unavailable
      }
      say(info.url(database: DatabaseAccess.embeddedName(simulated: database.simulated)))
      if !database.simulated { try settings.tellIfConfigured() }
    }
  }
}
