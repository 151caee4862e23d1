import UnixSignals

/// What `body` brings; Ctrl-C or SIGTERM cancels it, and its end what goes on `meanwhile`.
///
/// - Throws: what `body` throws; `CancellationError` after a signal.
func untilInterrupted<T: Sendable>(
  meanwhile: @escaping @Sendable () async -> Void = {}, _ body: @escaping @Sendable () async throws -> T
) async throws -> T {
  try await withThrowingTaskGroup(of: T?.self) { group in
    group.addTask { try await body() }
    group.addTask {
      await meanwhile()
      return nil
    }
    group.addTask {
      for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { throw CancellationError() }
      return nil
    }
    defer { group.cancelAll() }
    while let value = try await group.next() {
      if let value { return value }
    }
    throw CancellationError()
  }
}
