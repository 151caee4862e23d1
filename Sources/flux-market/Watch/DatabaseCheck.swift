import EmbeddedPostgres
import Intake
import Market
import Postgres
import Store

/// What `doctor` looks at in the database, and on the way to it.
struct DatabaseCheck {
  private let program: Settings
  private let simulated: Bool

  init(_ program: Settings, simulated: Bool) {
    self.program = program
    self.simulated = simulated
  }

  /// - Returns: the signals that the database knows, too; the standard ones where it cannot be asked.
  func findings() async -> (findings: [Finding], signals: [Signal]) {
    let address: DatabaseAddress
    do { address = try DatabaseAddress(program, simulated: simulated) } catch {
      return ([.failed("database", error)], Signal.standard)
    }
    guard let settings = address.settings else { return (await embedded(address.finding), Signal.standard) }
    do {
      return try await Connection.with(settings) { connection in
        let facts = try await ServerFacts.read(through: connection, now: Pacing.system.now)
        let engine = try await Engine.read(through: connection)
        var findings = [address.finding, server(facts, engine)] + knownFaults(of: engine)
        let schema = await schema(connection)
        findings += [schema, .clock(facts.clockDifference)]
        guard schema.result != .failed else { return (findings, Signal.standard) }
        findings.append(role(facts))
        findings += try await selfTest(connection)
        return (findings, try await SignalTable.read(through: connection).signals)
      }
    } catch {
      return ([.failed("database", error)], Signal.standard)
    }
  }

  /// The collector starts it by itself, where it can.
  private func embedded(_ stopped: Finding) async -> [Finding] {
    do {
      guard let binaries = try await Binaries.find(environment: program.environment) else {
        return [
          .failed(
            "database", "none is configured, and PostgreSQL's server is not installed for one of our own",
            toDo: "set database-url, or apt-get install postgresql", .unavailable)
        ]
      }
      return [.ok("database", "\(stopped.says); a command that needs it starts it, with \(binaries.folder)")]
    } catch { return [.failed("database", error)] }
  }

  private func server(_ facts: ServerFacts, _ engine: Engine) -> Finding {
    if facts.version < 140_000 {
      return .failed("server", "\(engine)", toDo: "PostgreSQL 14 or newer is needed", .configuration)
    }
    if facts.isReadOnly {
      return .failed(
        "server", "\(engine), read only: a standby, or set so",
        toDo: "name the primary: target_session_attrs=read-write", .unavailable)
    }
    return .ok("server", "\(engine)")
  }

  private func schema(_ connection: Connection) async -> Finding {
    do {
      let sqitch = Sqitch(migrations: program.migrationsFolder, environment: program.environment)
      let status = try await sqitch.status { try await DeployedChanges.read(project: $0, through: connection) }
      guard let status else {
        return .warning(
          "schema", "whether it is up to date only its owner can see",
          toDo: "as its owner: `flux-market db status`, or GRANT SELECT ON sqitch.changes")
      }
      guard !status.isDeployed else { return .ok("schema", "up to date, \(status.deployed.count) changes") }
      let all = status.pending.count + status.deployed.count
      return .failed(
        "schema", "\(status.pending.count) of \(all) changes are missing", toDo: "`flux-market db deploy` makes them",
        .configuration)
    } catch { return .failed("schema", error) }
  }

  private func role(_ facts: ServerFacts) -> Finding {
    if facts.mayCollect == true { return .ok("role", "\(facts.role) may do what a collector does") }
    let toDo = "GRANT flux_collector TO \(facts.role)"
    if facts.mayRead == true { return .failed("role", "\(facts.role) may read, and not load", toDo: toDo, .permission) }
    return .failed("role", "\(facts.role) may neither load nor read", toDo: toDo, .permission)
  }

  /// Faults of versions of TimescaleDB that concern what is done here, from the first version with each to the first
  /// without it.
  /// Source: https://github.com/timescale/timescaledb/issues/7672 and /10447.
  private func knownFaults(of engine: Engine) -> [Finding] {
    guard let text = engine.timescaleDB else { return [] }
    let version = text.split(separator: ".").map { Int($0.prefix(while: \.isNumber)) ?? 0 }
    let faults: [(from: [Int], to: [Int], says: String)] = [
      (
        [2, 17, 0], [2, 18, 0],
        "INSERT … ON CONFLICT DO NOTHING into a compressed chunk may stop at its first conflict: late telemetry"
      ),
      (
        [2, 22, 0], [2, 29, 2],
        "DISTINCT ON … DESC of one's own over compressed chunks may give the oldest revision; the views do not"
      ),
    ]
    return faults.filter { fault in
      !version.lexicographicallyPrecedes(fault.from) && version.lexicographicallyPrecedes(fault.to)
    }.map { fault in
      let mended = fault.to.map(String.init).joined(separator: ".")
      return .warning("engine", "TimescaleDB \(text): \(fault.says)", toDo: "plan the update to \(mended)")
    }
  }

  private func selfTest(_ connection: Connection) async throws -> [Finding] {
    guard let tests = try await SelfTest.run(through: connection) else {
      return [.ok("self-test", "left to the owner of the schema, whose it is")]
    }
    let wrong = tests.filter { !$0.isOK }
    guard !wrong.isEmpty else { return [.ok("self-test", "the newest revision is found where it is asked for")] }
    return wrong.map {
      // What errs only when it is asked otherwise than by our views is no fault of what is served.
      $0.name == "DISTINCT ON over compressed chunks"
        ? .warning("self-test", "\($0.name): \($0.says)", toDo: "read through the views, or update TimescaleDB")
        : .failed(
          "self-test", "\($0.name): \($0.says)", toDo: "update TimescaleDB before values are relied on", .unavailable)
    }
  }
}
