/// A few connections, lent one at a time.
///
/// Opened when first needed, most recently used first, and dropped where a borrower left one lost or inside a
/// transaction. Who finds all of them lent waits in line, a bounded while in a bounded line.
package actor ConnectionPool {
  private let settings: ConnectionSettings
  private let size: Int
  private let longestLine: Int
  private let patience: Duration
  private let sleep: @Sendable (Duration) async throws -> Void

  private var idle: [(connection: Connection, since: ContinuousClock.Instant)] = []
  /// Lent, or being opened for somebody.
  private var lent = 0
  private var isClosed = false
  private var line: [(number: Int, place: CheckedContinuation<Void, any Error>)] = []
  private var lastNumber = 0

  /// Nobody has used a connection for so long that its server may have gone without a word: it is asked first.
  private static let trust = Duration.seconds(5)

  /// - Parameters:
  ///   - size: how many connections there are at most.
  ///   - patience: how long a borrower waits while all are lent. Defaults to 2 seconds.
  ///   - longestLine: how many may wait at once. Defaults to 64.
  package init(
    _ settings: ConnectionSettings, size: Int, patience: Duration = .seconds(2), longestLine: Int = 64,
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  ) {
    self.settings = settings
    self.size = size
    self.patience = patience
    self.longestLine = longestLine
    self.sleep = sleep
  }

  /// Lends a connection to `body`, which alone uses it meanwhile.
  ///
  /// - Throws: what `body` throws, ``PoolExhausted``, `PostgresError` without a connection.
  package nonisolated func lend<T: Sendable>(_ body: (Connection) async throws -> T) async throws -> T {
    let connection = try await borrow()
    do {
      let value = try await body(connection)
      await takeBack(connection)
      return value
    } catch {
      await takeBack(connection)
      throw error
    }
  }

  /// Ends what is idle now and what is lent when it comes back; whoever waits is refused.
  package func close() async {
    isClosed = true
    for waiting in line { waiting.place.resume(throwing: closed()) }
    line = []
    let ended = idle
    idle = []
    for entry in ended { await entry.connection.close() }
  }

  /// How many are lent now.
  package var lentCount: Int { lent }

  /// How many wait for one.
  package var waitingCount: Int { line.count }

  private func closed() -> PostgresError { PostgresError(.closed, "the connections to \(settings) are closed") }

  private func borrow() async throws -> Connection {
    guard !isClosed else { throw closed() }
    if lent < size { lent += 1 } else { try await waitInLine() }
    // From here on a place is ours: whatever fails gives it back.
    do {
      while let known = idle.popLast() {
        if ContinuousClock.now - known.since < Self.trust { return known.connection }
        if (try? await known.connection.query("SELECT 1").rowCount) == 1 { return known.connection }
        await known.connection.close()
        try Task.checkCancellation()
      }
      return try await Connection.open(settings)
    } catch {
      leave()
      throw error
    }
  }

  private func takeBack(_ connection: Connection) async {
    if await connection.isIdle, !isClosed {
      idle.append((connection, .now))
    } else {
      await connection.close()
      // Where one was lost the others may be too, and only the next statement would show it.
      let others = idle
      idle = []
      for other in others { await other.connection.close() }
    }
    leave()
  }

  /// Hands the place to the first in line.
  private func leave() {
    guard line.isEmpty else { return line.removeFirst().place.resume() }
    lent -= 1
  }

  /// Returns when a place is ours.
  private func waitInLine() async throws {
    guard line.count < longestLine else { throw PoolExhausted(size: size) }
    lastNumber += 1
    let number = lastNumber
    let alarm = Task { [patience, sleep] in
      try await sleep(patience)
      giveUp(number, PoolExhausted(size: size))
    }
    defer { alarm.cancel() }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (place: CheckedContinuation<Void, any Error>) in
        // Cancelled before it stood in line: nobody would call it.
        guard !Task.isCancelled else { return place.resume(throwing: CancellationError()) }
        line.append((number, place))
      }
    } onCancel: {
      Task { await giveUp(number, CancellationError()) }
    }
  }

  private func giveUp(_ number: Int, _ reason: any Error) {
    guard let place = line.firstIndex(where: { $0.number == number }) else { return }
    line.remove(at: place).place.resume(throwing: reason)
  }
}

/// All connections of a pool are lent, and stayed so while somebody waited.
package struct PoolExhausted: Error, Hashable, CustomStringConvertible {
  package let size: Int

  package var description: String {
    "all \(size) connections to the database are in use: try again in a moment, or ask for less at once"
  }
}
