import Postgres

/// A connection for small statements that must not wait for anybody else's: opened when first needed, made anew after
/// it was lost, and given up when it does not answer in time.
actor OwnConnection {
  private let settings: ConnectionSettings
  private let patience: Duration
  private var connection: Connection?

  /// - Parameter patience: what the longest answer may take, connecting included; the server's own limits are shorter.
  init(_ settings: ConnectionSettings, patience: Duration = .seconds(3)) {
    var settings = settings
    settings.statementTimeout = patience * 2 / 3
    settings.lockTimeout = patience / 3
    self.settings = settings
    self.patience = patience
  }

  /// - Parameter body: is run again through a new connection where the one at hand turns out to be lost.
  /// - Throws: what `body` throws, `PostgresError` without a connection, ``NoAnswer``, `CancellationError`.
  func use<T: Sendable>(_ body: @escaping @Sendable (Connection) async throws -> T) async throws -> T {
    let (known, settings) = (connection, settings)
    do {
      let (value, used) = try await within(patience) {
        if let known {
          do { return (try await body(known), known) } catch {
            guard !Task.isCancelled, !(await known.isOpen) else { throw error }
          }
        }
        let fresh = try await Connection.open(settings)
        do { return (try await body(fresh), fresh) } catch {
          await fresh.close()
          throw error
        }
      }
      connection = used
      return value
    } catch {
      // Dropped, not closed: one that is stuck would have to be waited for.
      if connection === known { connection = nil }
      throw error
    }
  }

  func close() async {
    await connection?.close()
    connection = nil
  }
}

/// The database did not answer in time.
package struct NoAnswer: Error, CustomStringConvertible {
  package let patience: Duration

  package var description: String { "the database did not answer within \(patience)" }
}

/// What `body` brings, or ``NoAnswer`` once `patience` is over; then it is cancelled, and not waited for.
private func within<T: Sendable>(
  _ patience: Duration, _ body: @escaping @Sendable () async throws -> T
) async throws -> T {
  let (outcomes, report) = AsyncStream.makeStream(of: Result<T, any Error>.self)
  let work = Task {
    do { report.yield(.success(try await body())) } catch { report.yield(.failure(error)) }
  }
  let limit = Task {
    do { try await Task.sleep(for: patience) } catch { return }
    report.yield(.failure(NoAnswer(patience: patience)))
  }
  defer {
    work.cancel()
    limit.cancel()
  }
  for await outcome in outcomes { return try outcome.get() }
  throw CancellationError()
}
