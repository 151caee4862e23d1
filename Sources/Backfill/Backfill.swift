import Feeds
package import Intake
import Market
package import Store

/// One worker of a backfill: claims windows of its ledger until none is left. Fetching, decoding and loading overlap,
/// and windows go into the table in the plan's order, or each loader's part of them does.
///
/// What is done is noted in the transaction that loads it, so a worker may be stopped at any instant and the same
/// windows be claimed by another. One that fails is tried again with pauses, then set aside, and the others go on.
package struct Backfill: Sendable {
  private let intake: Intake
  private let loaders: [Loader]
  private let another: (@Sendable () async throws -> Loader)?
  private let ledger: BackfillLedger
  private let retries: WindowRetries
  private let pacing: Pacing

  /// How long it waits for windows that others have in hand before it looks whether these are still there.
  private static let longestWait = Duration.seconds(1)

  /// - Parameter loaders: at least one, each with a connection of its own. Each takes its part of the plan, since those
  ///   who load neighbouring windows wait for each other.
  /// - Parameter another: makes one more, with a connection of its own. It is asked for one where a single loader keeps
  ///   the reading waiting, and gets the middle of what is left to begin with.
  package init(
    intake: Intake, loaders: [Loader], ledger: BackfillLedger, retries: WindowRetries = WindowRetries(),
    pacing: Pacing = .system, another: (@Sendable () async throws -> Loader)? = nil
  ) {
    precondition(!loaders.isEmpty, "a backfill without a loader")
    self.intake = intake
    self.loaders = loaders
    self.another = another
    self.ledger = ledger
    self.retries = retries
    self.pacing = pacing
  }

  /// - Parameter report: called after each window read and each batch loaded.
  /// - Throws: `LoadError`, `PostgresError` or `NoPermit` where the database is lost, since without it there is no use
  ///   in going on; what went in stays. `CancellationError`.
  package func run(report: @Sendable (Progress) -> Void) async throws -> Progress {
    do {
      let start = try await ledger.planned()
      var progress = Progress(windows: start.windows)
      try await run(start, &progress, report: report)
      try await ledger.end()
      progress.failures.sort { $0.window.from > $1.window.from }
      report(progress)
      return progress
    } catch {
      // What a cancelled task breaks off fails in many ways.
      throw Task.isCancelled ? CancellationError() : error
    }
  }

  /// What the tasks bring back.
  private enum Step: Sendable {
    /// Counted anew where fewer were claimed than could have been.
    case claimed(lane: Int, [ClaimedWindow], BackfillLedger.Remaining?)
    case read(lane: Int, ClaimedWindow, Result<Batch, any Error>)
    case loaded(lane: Int, LoadOutcome)
    /// nil where there is no connection left for one.
    case joined(Loader?)
    /// A failure is in the ledger.
    case noted
    /// It may be that others' windows are free now.
    case rested
  }

  /// A loader and what it has in hand.
  private struct Lane {
    let loader: Loader
    var queue: WindowQueue
    var claimSize: ClaimSize
    /// It claims windows behind this number, and then any.
    var after: Int32
    var isClaiming = false
    /// While it claimed windows became free, of which the claim may not know.
    var hasMissed = false
    var isLoading = false

    init(
      loader: Loader, atOnce: Int, isKept: Bool, loadSize: Int = WindowQueue.loadSize, mostClaimed: Int, after: Int32
    ) {
      self.loader = loader
      self.after = after
      queue = WindowQueue(atOnce: atOnce, isKept: isKept, loadSize: loadSize)
      claimSize = ClaimSize(inFlight: queue.mostInFlight, most: mostClaimed)
    }
  }

  private func lanes(_ windows: Int) -> [Lane] {
    let count = min(loaders.count, max(windows, 1))
    let part = min(BackfillLedger.claimSize, (windows + count - 1) / count)
    return loaders.prefix(count).enumerated().map { index, loader in
      Lane(
        loader: loader, atOnce: max(1, intake.feed.host.atOnce / count), isKept: intake.feed.archive, mostClaimed: part,
        after: Int32(clamping: windows * index / count))
    }
  }

  /// Asks once for another loader, where the only one cannot keep up with what is read.
  private func grow(
    _ lanes: [Lane], _ remaining: BackfillLedger.Remaining, _ another: inout (@Sendable () async throws -> Loader)?,
    _ group: inout ThrowingTaskGroup<Step, any Error>
  ) {
    guard let make = another, lanes.count == 1, lanes[0].isLoading, lanes[0].queue.isFull,
      remaining.windows >= BackfillLedger.claimSize
    else { return }
    another = nil
    group.addTask { .joined(try? await make()) }
  }

  private func run(
    _ start: BackfillLedger.Remaining, _ progress: inout Progress, report: @Sendable (Progress) -> Void
  ) async throws {
    var remaining = start
    var lanes = lanes(start.windows)
    var another = another
    try await withThrowingTaskGroup(of: Step.self) { group in
      while true {
        for lane in lanes.indices {
          claim(lane, &lanes[lane], &group)
          while let claimed = lanes[lane].queue.nextToRead() { read(claimed, lane, &group) }
          // One load of a lane at a time, in order; meanwhile the next is gathered.
          if !lanes[lane].isLoading, let windows = lanes[lane].queue.nextToLoad() {
            lanes[lane].isLoading = true
            group.addTask { [loader = lanes[lane].loader, job = ledger.job] in
              .loaded(lane: lane, try await loader.loadWindows(windows, of: job))
            }
          }
        }
        grow(lanes, remaining, &another, &group)
        if group.isEmpty {
          guard remaining.windows > 0 else { break }
          group.addTask { [pacing, wake = wake(remaining)] in
            try await pacing.sleep(wake)
            return .rested
          }
        }
        guard let step = try await group.next() else { break }
        switch step {
        case .claimed(let lane, let claimed, let left):
          remaining = left ?? remaining.after(claiming: claimed.count)
          progress.claim(claimed.count, left: remaining.windows)
          take(claimed, isLast: left != nil, &lanes[lane])
        case .read(let lane, let claimed, let result):
          progress.read += 1
          switch result {
          case .success(let batch): progress.take(batch)
          case .failure(let error): fail(claimed, error, &progress, &group)
          }
          lanes[lane].queue.arrived(claimed, try? result.get())
        case .loaded(let lane, let outcome):
          lanes[lane].isLoading = false
          progress.take(outcome)
          for (claimed, error) in outcome.failed { fail(claimed, error, &progress, &group) }
        case .joined(let loader):
          guard let loader else { break }
          // Smaller loads cost hardly more, and a quarter of the memory.
          lanes.append(
            Lane(
              loader: loader, atOnce: intake.feed.host.atOnce, isKept: intake.feed.archive,
              loadSize: WindowQueue.loadSize / 4, mostClaimed: BackfillLedger.claimSize,
              after: lanes[0].after + Int32(clamping: remaining.windows / 2)))
        case .noted, .rested:
          for lane in lanes.indices { (lanes[lane].queue.isComplete, lanes[lane].hasMissed) = (false, true) }
        }
        report(progress)
      }
    }
  }

  private func claim(_ index: Int, _ lane: inout Lane, _ group: inout ThrowingTaskGroup<Step, any Error>) {
    guard !lane.isClaiming, !lane.queue.isComplete, lane.queue.unread <= lane.claimSize.windows / 2 else { return }
    (lane.isClaiming, lane.hasMissed) = (true, false)
    let now = pacing.now()
    group.addTask { [ledger, after = lane.after, size = lane.claimSize.next(at: now)] in
      let claimed = try await ledger.claim(size, after: after, at: now)
      return .claimed(lane: index, claimed, claimed.count < size ? try await ledger.remaining() : nil)
    }
  }

  /// - Parameter isLast: there was no more to claim in all of the plan.
  private func take(_ claimed: [ClaimedWindow], isLast: Bool, _ lane: inout Lane) {
    lane.isClaiming = false
    lane.queue.add(claimed)
    lane.queue.isComplete = isLast && !lane.hasMissed
    lane.after = claimed.last?.number ?? 0
  }

  private func read(_ claimed: ClaimedWindow, _ lane: Int, _ group: inout ThrowingTaskGroup<Step, any Error>) {
    group.addTask { [intake] in
      do {
        return .read(lane: lane, claimed, .success(try await intake.read(claimed.window)))
      } catch is CancellationError {
        throw CancellationError()
      } catch let error as NoPermit {
        // The database is away.
        throw error
      } catch {
        return .read(lane: lane, claimed, .failure(error))
      }
    }
  }

  private func fail(
    _ claimed: ClaimedWindow, _ error: any Error, _ progress: inout Progress,
    _ group: inout ThrowingTaskGroup<Step, any Error>
  ) {
    let next = retries.nextTry(after: error, failures: claimed.attempts + 1, at: pacing.now())
    if next == nil { progress.failures.append(Failure(window: claimed.window, error: error)) }
    group.addTask { [ledger] in
      try await ledger.fail(claimed, "\(error)", nextTry: next)
      return .noted
    }
  }

  private func wake(_ remaining: BackfillLedger.Remaining) -> Instant {
    let latest = pacing.now().advanced(by: Self.longestWait)
    return remaining.nextTry.map { min($0, latest) } ?? latest
  }
}

/// What came of one load.
struct LoadOutcome: Sendable {
  /// Windows that are in the table now.
  var windows = 0
  var counts = LoadCounts()
  var failed: [(ClaimedWindow, any Error)] = []
}

extension Loader {
  /// Loads windows in one transaction; where the database refuses a value, each alone and all of it but that value.
  fileprivate func loadWindows(_ windows: [WindowQueue.Arrived], of job: Int64) async throws -> LoadOutcome {
    var outcome = LoadOutcome(windows: windows.count)
    do {
      outcome.counts = try await load(windows.map(\.batch), ending: EndedWindows(windows, of: job))
    } catch let error {
      guard case .refused = error else { throw error }
      for window in windows {
        do throws(LoadError) {
          outcome.counts += try await loadSalvaging(window.batch, ending: EndedWindows([window], of: job))
        } catch {
          guard case .refused = error else { throw error }
          outcome.windows -= 1
          outcome.failed.append((window.claimed, error))
        }
      }
    }
    let overtaken = Set(outcome.counts.overtaken)
    for window in windows where overtaken.contains(window.claimed.window) {
      outcome.failed.append((window.claimed, Overtaken()))
    }
    return outcome
  }
}

extension EndedWindows {
  fileprivate init(_ windows: [WindowQueue.Arrived], of job: Int64) {
    self.init(job: job, numbers: windows.map(\.claimed.number))
  }
}
