import Logging
import Market
import Postgres
import ServiceLifecycle
import Store

/// Hears the database's commits through one session, and tells them to all who read the stream.
///
/// What NOTIFY says is that there is something; what there is comes from the feed of updates after the last safe place,
/// so that nothing is missed that was committed while nobody listened, or while an older transaction was open.
struct LiveFeed: Service {
  let readers: LiveReaders
  private let database: ConnectionSettings
  private let london: LondonClock
  private let heartbeat: Duration
  private let logger: Logger
  private let sleep: @Sendable (Duration) async throws -> Void

  /// After so many updates that nobody told, readers begin anew.
  static let mostUpdates = 1_000

  /// - Parameter sleep: between heartbeats, and before the database is asked for again.
  init(
    _ database: ConnectionSettings, london: LondonClock, limits: APILimits, logger: Logger,
    sleep: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.database = database
    self.london = london
    heartbeat = limits.heartbeat
    readers = LiveReaders(most: limits.streams, backlog: limits.streamBacklog)
    self.logger = logger
    self.sleep = sleep
  }

  /// Until cancelled or asked to shut down.
  func run() async {
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await listen() }
        group.addTask {
          while (try? await sleep(heartbeat)) != nil, !Task.isCancelled { readers.tell(LiveBatch([.heartbeat])) }
        }
        await group.waitForAll()
      }
    }
  }

  /// What was told, for as long as it matters.
  private struct Told {
    var place: Update.Place
    /// After `place`: an older transaction was still open when they were told.
    var unsettled: [Update.Place] = []
  }

  private func listen() async {
    var told: Told?
    var pause = Duration.milliseconds(200)
    while !Task.isCancelled {
      do {
        let connection = try await Connection.open(database)
        do {
          try await connection.execute("LISTEN flux_updates")
          try await begin(&told, through: connection)
          pause = .milliseconds(200)
          try await follow(&told, through: connection)
        } catch {
          await connection.close()
          throw error
        }
      } catch {
        guard !Task.isCancelled else { return }
        logger.warning("the stream does not hear the database: \(error)")
        // What the error says of hosts and users is for the log alone.
        let reason = "the database does not answer"
        readers.heard(reason, telling: LiveBatch([.database("away", at: nil, reason: reason)]))
        guard (try? await sleep(pause)) != nil else { return }
        pause = min(pause * 2, .seconds(5))
      }
    }
  }

  /// The first session begins with what comes; a later one will tell what was missed.
  private func begin(_ told: inout Told?, through connection: Connection) async throws {
    let reader = UpdateReader(connection: connection)
    if told == nil {
      let newest = try await reader.news(after: .start, except: [], limit: 0).settled
      let (open, settled) = try await reader.news(after: newest, except: [], limit: Self.mostUpdates)
      told = Told(place: settled, unsettled: open.map(\.place).filter { $0 > settled })
    }
    let now = try await connection.now()
    let back = LiveBatch([.database("back", at: now, reason: nil)])
    if readers.heard(nil, place: told.map { Cursor($0.place) }, telling: back) {
      logger.info("the stream hears the database")
    }
  }

  private func follow(_ told: inout Told?, through connection: Connection) async throws {
    let reader = UpdateReader(connection: connection)
    var signals = try await SignalTable.read(through: connection)
    while var last = told {
      let (updates, settled) = try await reader.news(
        after: last.place, except: last.unsettled.map(\.id), limit: Self.mostUpdates + 1)
      let place = max(last.place, settled)
      if updates.count > Self.mostUpdates {
        let resync = LiveEvent.resync("more was stored than can be told: read everything anew", id: Cursor(place))
        readers.tell(LiveBatch([resync]), place: Cursor(place))
        last = Told(place: place)
      } else {
        let known = Set(signals.signals.map(\.id))
        if updates.contains(where: { $0.parts.contains { !known.contains($0.signal) } }) {
          signals = try await SignalTable.read(through: connection)
        }
        try await tell(updates, from: last.place, to: place, UpdateEvents(reader, signals, london: london))
        last = Told(place: place, unsettled: (last.unsettled + updates.map(\.place)).filter { $0 > place })
      }
      told = last
      if updates.isEmpty {
        readers.heard(nil, place: Cursor(place))
        _ = try await connection.notifications(within: .seconds(60))
      }
    }
  }

  /// A load is one batch. Only the last event of all carries the new place: who has seen less begins again before them.
  private func tell(
    _ updates: [Update], from place: Update.Place, to settled: Update.Place, _ events: UpdateEvents
  ) async throws {
    for update in updates {
      let after = Cursor(update.place == updates.last?.place ? settled : place)
      readers.tell(try await events.batch(of: update, before: Cursor(place), after: after), place: after)
    }
  }
}
