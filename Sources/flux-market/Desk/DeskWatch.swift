import Market
import Postgres
import Store

/// The desk that lives: read again the moment that the database tells of something stored.
///
/// A desk is read for each NOTIFY, and once a minute for what passes without one: a value that becomes late, a feed
/// that fails. A lost connection is told and made again.
struct DeskWatch {
  private enum Event: Sendable {
    case desk(Desk)
    case lost(any Error)
    case second
    case screen(FullScreen.Event)
  }

  private let signals: [Signal]?
  private let database: DatabaseAccess
  private let settings: Settings
  private let output: OutputOptions

  /// - Parameter names: of the signals; empty for all.
  /// - Throws: `UnknownSignal`, `NotDeployed`, `PostgresError`: a database that is away at the start ends it.
  init(_ names: [String], of database: DatabaseAccess, _ settings: Settings, _ output: OutputOptions) async throws {
    (self.database, self.settings, self.output) = (database, settings, output)
    let known = try await database.with { try await SignalTable.read(through: $0) }
    signals = names.isEmpty ? nil : try names.map { try known.signal(named: $0) }
  }

  func run() async {
    let (events, report) = AsyncStream.makeStream(of: Event.self)
    await withDiscardingTaskGroup { group in
      group.addTask { await follow(report) }
      if output.format == .table {
        group.addTask {
          while (try? await Task.sleep(for: .seconds(1))) != nil { report.yield(.second) }
        }
        let screen = FullScreen()
        group.addTask { [events = screen.events] in for await event in events { report.yield(.screen(event)) } }
        await show(events, on: screen)
        screen.end()
      } else {
        await print(events)
      }
      group.cancelAll()
    }
  }

  // MARK: - Reading

  /// Reads for ever, until cancelled.
  private func follow(_ report: AsyncStream<Event>.Continuation) async {
    let shortest = Duration.milliseconds(500)
    var pause = shortest
    while !Task.isCancelled {
      let begun = ContinuousClock.now
      do {
        try await database.with { connection in
          try await connection.execute("LISTEN flux_updates")
          while true {
            report.yield(.desk(try await Desk.read(signals, through: connection)))
            _ = try await connection.notifications(within: .minutes(1))
          }
        }
      } catch {
        if Task.isCancelled { return }
        report.yield(.lost(error))
      }
      // One that lasted was not the same loss.
      if .now - begun > .seconds(10) { pause = shortest }
      try? await Task.sleep(for: pause)
      pause = min(pause * 2, .seconds(5))
    }
  }

  // MARK: - Showing

  private func show(_ events: AsyncStream<Event>, on screen: FullScreen) async {
    var desk: Desk?
    var lost: (error: any Error, since: ContinuousClock.Instant)?
    var changed: [Int32: ContinuousClock.Instant] = [:]
    for await event in events {
      switch event {
      case .desk(let new):
        for row in new.rows where desk.map({ row.isOther(than: $0) }) ?? false { changed[row.signal.id] = .now }
        (desk, lost) = (new, nil)
      case .lost(let error): lost = lost.map { (error, $0.since) } ?? (error, .now)
      case .screen(.end), .screen(.key(UInt8(ascii: "q"))): return
      case .screen, .second: break
      }
      let now = ContinuousClock.now
      // A change stays marked for so long that an eye that was elsewhere finds it.
      changed = changed.filter { now - $0.value < .seconds(10) }
      guard let desk else { continue }
      let terminal = Terminal(environment: settings.environment)
      let drawing = DeskScreen(
        london: settings.london, width: terminal.width, height: terminal.height, isColoured: terminal.isColoured,
        isSimulated: database.isSimulated)
      screen.draw(
        drawing.lines(
          desk, at: desk.now(at: now), link: lost.map { .lost("\($0.error)", for: now - $0.since) } ?? .live,
          changed: Set(changed.keys)))
    }
  }

  /// Prints a row for each change, and first all.
  private func print(_ events: AsyncStream<Event>) async {
    let rows = DeskRows(options: output, london: settings.london)
    var writer = rows.writer
    var before: Desk?
    for await event in events {
      switch event {
      case .desk(let desk):
        for row in desk.rows where before.map({ row.isOther(than: $0) }) ?? true {
          writer.write(rows.cells(of: row, in: desk))
        }
        writer.flush()
        before = desk
      case .lost(let error): tell("the database is lost, what is printed may be old: \(error)")
      case .screen, .second: break
      }
    }
  }
}

extension DeskReader.Row {
  /// Whether more than its age has changed.
  fileprivate func isOther(than desk: Desk) -> Bool {
    guard let before = desk.rows.first(where: { $0.signal == signal }) else { return true }
    return before.newest?.point != newest?.point || before.newest?.observedAt != newest?.observedAt
      || before.next != next || before.state != state
  }
}
