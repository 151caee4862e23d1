import Feeds
package import Intake
package import Market
package import Store

/// Carries out a plan: fetching, decoding and loading overlap, and windows go into the table in the plan's order.
///
/// Idempotent: the same plan again inserts nothing. A window that fails is named in the outcome, and the others go on.
package struct Backfill: Sendable {
  /// Observations in one batch: large enough that a call's fixed cost vanishes, small enough for flat memory.
  static let batchSize = 20_000
  /// Windows read ahead of the one that is waited for, so that one slow reply does not fill the memory with others.
  static let mostAhead = 256

  private let plan: Plan
  private let intake: Intake
  private let loader: Loader

  package init(_ plan: Plan, intake: Intake, loader: Loader) {
    self.plan = plan
    self.intake = intake
    self.loader = loader
  }

  package struct Failure: Sendable {
    package let window: Window
    package let error: any Error
  }

  /// How far it is, and at the end what came of it.
  package struct Progress: Sendable {
    package let windows: Int
    package fileprivate(set) var read = 0
    package fileprivate(set) var loaded = 0
    package fileprivate(set) var received = 0
    package fileprivate(set) var inserted = 0
    package fileprivate(set) var unchanged = 0
    package fileprivate(set) var counts = Batch.Counts()
    package fileprivate(set) var flagged = 0
    /// The first rejects, to be shown; all are kept in the database.
    package fileprivate(set) var rejects: [Reject] = []
    package fileprivate(set) var failures: [Failure] = []
    /// Windows that somebody else observed later meanwhile; asked for again.
    package fileprivate(set) var overtaken = 0
    fileprivate var again: [Window] = []
  }

  /// - Parameter report: called after each window read and each batch loaded.
  /// - Throws: what the loader throws: without the database there is no use in going on. What went in stays.
  package func run(report: @escaping @Sendable (Progress) -> Void) async throws -> Progress {
    var progress = try await run(plan.windows, Progress(windows: plan.windows.count), report: report)
    // Overtaken windows again, once: what is read now is later than whatever overtook them.
    let again = progress.again
    if !again.isEmpty {
      progress.again = []
      progress = try await run(again, progress, report: report)
    }
    return progress
  }

  private enum Read: Sendable {
    case batch(Int, Batch)
    case failed(Int, any Error)

    var index: Int {
      switch self {
      case .batch(let index, _), .failed(let index, _): index
      }
    }
  }

  private func run(
    _ windows: [Window], _ start: Progress, report: @escaping @Sendable (Progress) -> Void
  ) async throws -> Progress {
    var progress = start
    var pending = PendingLoad(loader: loader)
    try await withThrowingTaskGroup(of: Read.self) { group in
      // A few more in hand than the host takes at once, so that decoding never leaves it idle.
      let atOnce = plan.feed.host.atOnce + 2
      var next = 0
      var turn = 0
      var early: [Int: Read] = [:]
      func addOne() {
        guard next < windows.count, next - turn < Self.mostAhead else { return }
        let (index, window) = (next, windows[next])
        next += 1
        group.addTask {
          do { return .batch(index, try await intake.read(window)) } catch is CancellationError {
            throw CancellationError()
          } catch { return .failed(index, error) }
        }
      }
      for _ in 0..<atOnce { addOne() }
      while let read = try await group.next() {
        early[read.index] = read
        while let ready = early.removeValue(forKey: turn) {
          progress.read += 1
          switch ready {
          case .failed(let index, let error):
            progress.failures.append(Failure(window: windows[index], error: error))
          case .batch(_, let batch):
            progress.take(batch)
            try await pending.add(batch, into: &progress)
          }
          turn += 1
        }
        // Those that the bound held back, too.
        while next < windows.count, next - turn < Self.mostAhead, next - turn - early.count < atOnce { addOne() }
        report(progress)
      }
    }
    try await pending.finish(into: &progress)
    report(progress)
    return progress
  }
}

extension Backfill.Progress {
  init(windows: Int) { self.windows = windows }

  fileprivate mutating func take(_ batch: Batch) {
    counts += batch.counts
    flagged += batch.flags.count
    if rejects.count < 20 { rejects += batch.rejects.prefix(20 - rejects.count) }
  }
}

/// Batches on their way into the table: one load at a time runs while the next is gathered.
private struct PendingLoad {
  let loader: Loader
  private var gathered: [Batch] = []
  private var observations = 0
  private var running: (windows: Int, task: Task<LoadCounts, any Error>)?

  init(loader: Loader) { self.loader = loader }

  mutating func add(_ batch: Batch, into progress: inout Backfill.Progress) async throws {
    gathered.append(batch)
    observations += batch.observations.count
    if observations >= Backfill.batchSize { try await start(into: &progress) }
  }

  mutating func finish(into progress: inout Backfill.Progress) async throws {
    if !gathered.isEmpty { try await start(into: &progress) }
    try await settle(into: &progress)
  }

  private mutating func start(into progress: inout Backfill.Progress) async throws {
    try await settle(into: &progress)
    let batches = gathered
    gathered = []
    observations = 0
    let loader = self.loader
    running = (batches.count, Task { try await loader.load(batches) })
  }

  private mutating func settle(into progress: inout Backfill.Progress) async throws {
    guard let (windows, task) = running else { return }
    running = nil
    let counts = try await task.value
    progress.loaded += windows
    progress.received += counts.received
    progress.inserted += counts.inserted
    progress.unchanged += counts.unchanged
    progress.overtaken += counts.overtaken.count
    progress.again += counts.overtaken
  }
}
