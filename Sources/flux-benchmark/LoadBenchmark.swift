import ArgumentParser
import Intake
import Market
import Postgres
import Store

/// Observations to committed rows on one connection, by our loader or by a peer.
struct LoadBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load",
    abstract: "Loads half hours of two signals, newest first, a transaction a batch.",
    discussion: "Into the database that the PG… variables name, on this machine.")

  enum Way: String, ExpressibleByArgument {
    case loader, copy, function
  }

  @Argument(help: "loader: as flux-market does. copy: COPY, its bytes made beforehand. function: a prepared call.")
  var way: Way
  @Option(help: "The function, which takes the array alone.")
  var name = "flux.insert_market_data_batch"
  @Option(help: "Observations in all.")
  var rows = 350_400
  @Option(help: "Observations a batch.")
  var batch = 20_000
  @Option(help: "Each revision has other values.")
  var revision = 1
  @Option(help: "The newest half hour ends here.", transform: instant)
  var until = Instant(seconds: 1_767_225_600)
  @Option(help: "Instead of all: so many batches, each of rows at random places among them.")
  var scattered: Int?

  func run() async throws {
    let all = SampleObservations(end: until, revision: revision)
    let batches: [[Observation]]
    if let scattered {
      batches = (0..<scattered).map { _ in all.scattered(batch, of: rows) }
    } else {
      batches = all.batches(of: batch, rows: rows)
    }
    let line =
      switch way {
      case .loader: try await load(batches)
      case .copy: try copy(batches)
      case .function: try await call(batches)
      }
    print(line)
  }

  private func load(_ batches: [[Observation]]) async throws -> String {
    try await Connection.with(try ConnectionSettings()) { connection in
      let loader = try await Loader(connection: connection, source: "flux-benchmark")
      var times = try CallTimes(of: await connection.processID)
      let everything = Window(from: until.advanced(by: .days(-36_525)), to: until)
      for observations in batches {
        // Scattered rows are answers to one question, asked again and again.
        let window = scattered == nil ? nil : everything
        var batch = Batch(feed: "flux-benchmark", window: window, observedAt: Pacing.system.now())
        batch.observations = observations
        let start = ContinuousClock.now
        _ = try await loader.load([batch])
        times.add(ContinuousClock.now - start)
      }
      return try told(times, batches)
    }
  }

  private func copy(_ batches: [[Observation]]) throws -> String {
    let session = try Session()
    let pieces = batches.map(copyBytes)
    var times = try CallTimes(of: session.processID)
    for piece in pieces {
      let start = ContinuousClock.now
      try session.copy(piece, "COPY flux.market_data (time, type, value) FROM STDIN (FORMAT binary)")
      times.add(ContinuousClock.now - start)
    }
    return try told(times, batches)
  }

  private func call(_ batches: [[Observation]]) async throws -> String {
    let type = try await Connection.with(try ConnectionSettings()) { connection in
      try await connection.compositeType(named: "flux.market_data_input")
    }
    let array = try CompositeArray(type)
    let session = try Session()
    try session.prepare("SELECT \(name)($1)", parameter: type.arrayOID)
    var times = try CallTimes(of: session.processID)
    for observations in batches {
      let start = ContinuousClock.now
      try session.call(array.encode([observations]))
      times.add(ContinuousClock.now - start)
    }
    return try told(times, batches)
  }

  private func told(_ times: CallTimes, _ batches: [[Observation]]) throws -> String {
    try times.told("load \(way)", rows: batches.reduce(0) { $0 + $1.count })
  }
}

private func instant(_ text: String) throws -> Instant {
  guard let instant = Instant(text) else { throw ValidationError("write an instant, such as 2026-01-01T00:00:00Z") }
  return instant
}
