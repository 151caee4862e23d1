import Intake
import Market

/// Waits for `body`, but no longer than `limit`. What is late is cancelled and goes on by itself: a server that says
/// nothing keeps even a cancelled statement waiting.
///
/// - Throws: what `body` throws, ``Late``, or `CancellationError` where the caller's task is cancelled.
func within<Value: Sendable>(
  _ limit: Duration, _ pacing: Pacing, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  let (results, report) = AsyncStream.makeStream(of: Result<Value, any Error>.self)
  let work = Task {
    do { report.yield(.success(try await body())) } catch { report.yield(.failure(error)) }
    report.finish()
  }
  let timer = Task {
    try await pacing.sleep(pacing.now().advanced(by: limit))
    report.yield(.failure(Late(limit: limit)))
    report.finish()
  }
  defer {
    work.cancel()
    timer.cancel()
  }
  for await result in results { return try result.get() }
  throw CancellationError()
}

/// The database did not answer in time; whether the load took effect is not known, and it is sent again.
struct Late: Error, CustomStringConvertible {
  let limit: Duration

  var description: String { "the database did not answer within \(limit.components.seconds) s" }
}
