internal import Logging
package import Market

/// Runs a simulator on a free port (or on the one of `options`) for as long as `body` takes.
///
/// - Parameter body: told the port; the variables to use are ``Simulator/environment(port:)``.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws, or what binding the port throws.
package func withSimulator<Result: Sendable>(
  _ options: Simulator.Options, london: LondonClock, _ body: @escaping @Sendable (_ port: Int) async throws -> Result
) async throws -> Result {
  let (ports, listening) = AsyncStream.makeStream(of: Int.self)
  var logger = Logger(label: "simulator")
  logger.logLevel = .error
  let simulator = Simulator(options, london: london, logger: logger) { port in
    listening.yield(port)
    listening.finish()
  }
  return try await withThrowingTaskGroup(of: Result?.self) { group in
    group.addTask {
      defer { listening.finish() }
      try await simulator.run()
      return nil
    }
    group.addTask {
      for await port in ports { return try await body(port) }
      return nil
    }
    defer { group.cancelAll() }
    while let finished = try await group.next() {
      if let result = finished { return result }
    }
    throw CancellationError()
  }
}
