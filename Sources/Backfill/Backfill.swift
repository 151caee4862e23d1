import Feeds
package import Intake
import Market
package import Store

/// Carries out a plan: fetching, decoding and loading overlap, and windows go into the table in the plan's order,
/// or each loader's part of them does.
///
/// Idempotent: the same plan again inserts nothing. A window that fails is named in the outcome, and the others go on.
package struct Backfill: Sendable {
  private let plan: Plan
  private let intake: Intake
  private let loaders: [Loader]

  /// How often windows are asked for that somebody else observed later than we did. Twice in a row is rare already.
  private static let mostPasses = 3

  /// - Parameter loaders: at least one, each with a connection of its own. Each takes its part of the plan, since those
  ///   who load neighbouring windows wait for each other.
  package init(_ plan: Plan, intake: Intake, loaders: [Loader]) {
    precondition(!loaders.isEmpty, "a backfill without a loader")
    self.plan = plan
    self.intake = intake
    self.loaders = loaders
  }

  /// - Parameter report: called after each window read and each batch loaded.
  /// - Throws: `LoadError` or `NoPermit` where the database is lost, since without it there is no use in going on; what
  ///   went in stays. `CancellationError`.
  package func run(report: @Sendable (Progress) -> Void) async throws -> Progress {
    var progress = Progress(windows: plan.windows.count)
    var windows = plan.windows
    for pass in 1...Self.mostPasses {
      do {
        try await run(windows, &progress, report: report)
      } catch {
        // What a cancelled task breaks off fails in many ways.
        throw Task.isCancelled ? CancellationError() : error
      }
      windows = progress.takeOvertaken()
      if windows.isEmpty { break }
      if pass == Self.mostPasses {
        progress.failures += windows.map { Failure(window: $0, error: Overtaken()) }
      } else {
        progress.add(windows: windows.count)
      }
    }
    progress.failures.sort { $0.window.from > $1.window.from }
    report(progress)
    return progress
  }

  /// What the tasks of one pass bring back.
  private enum Step: Sendable {
    case read(lane: Int, Int, Window, Result<Batch, any Error>)
    case loaded(lane: Int, LoadOutcome)
  }

  /// A part of the plan and who loads it.
  private struct Lane {
    var queue: WindowQueue
    let loader: Loader
    var isLoading = false
  }

  private func lanes(_ windows: [Window]) -> [Lane] {
    let size = max(1, (windows.count + loaders.count - 1) / loaders.count)
    let parts = stride(from: 0, to: windows.count, by: size).map { Array(windows[$0..<min($0 + size, windows.count)]) }
    return zip(parts, loaders).map { part, loader in
      Lane(queue: WindowQueue(part, atOnce: max(1, plan.feed.host.atOnce / parts.count)), loader: loader)
    }
  }

  private func run(
    _ windows: [Window], _ progress: inout Progress, report: @Sendable (Progress) -> Void
  ) async throws {
    var lanes = lanes(windows)
    try await withThrowingTaskGroup(of: Step.self) { group in
      while true {
        for lane in lanes.indices {
          while let (index, window) = lanes[lane].queue.nextToRead() {
            group.addTask { [intake] in
              do {
                return .read(lane: lane, index, window, .success(try await intake.read(window)))
              } catch is CancellationError {
                throw CancellationError()
              } catch let error as NoPermit {
                // The database is away.
                throw error
              } catch {
                return .read(lane: lane, index, window, .failure(error))
              }
            }
          }
          // One load of a lane at a time, in order; meanwhile the next is gathered.
          if !lanes[lane].isLoading, let batches = lanes[lane].queue.nextToLoad() {
            lanes[lane].isLoading = true
            group.addTask { [loader = lanes[lane].loader] in
              .loaded(lane: lane, try await loader.loadWindows(batches))
            }
          }
        }
        guard let step = try await group.next() else { break }
        switch step {
        case .read(let lane, let index, let window, let result):
          progress.read += 1
          switch result {
          case .success(let batch): progress.take(batch)
          case .failure(let error): progress.failures.append(Failure(window: window, error: error))
          }
          lanes[lane].queue.arrived(index, try? result.get())
        case .loaded(let lane, let outcome):
          lanes[lane].isLoading = false
          progress.take(outcome)
        }
        report(progress)
      }
    }
  }
}

/// Somebody else observed the window later than each of our replies to it.
package struct Overtaken: Error, CustomStringConvertible {
  package var description: String { "others kept observing it later than we did: run the same command again" }
}

/// What came of one load.
struct LoadOutcome: Sendable {
  /// Windows that are in the table now.
  var windows = 0
  var counts = LoadCounts()
  var failures: [Backfill.Failure] = []
}

extension Loader {
  /// Loads windows in one transaction; where the database refuses a value, each alone and all of it but that value.
  fileprivate func loadWindows(_ windows: [WindowQueue.Arrived]) async throws -> LoadOutcome {
    do {
      var outcome = LoadOutcome(windows: windows.count)
      outcome.counts = try await load(windows.map(\.batch))
      return outcome
    } catch let error {
      guard case .refused = error else { throw error }
      var outcome = LoadOutcome()
      for window in windows {
        do throws(LoadError) {
          outcome.counts += try await loadSalvaging(window.batch)
          outcome.windows += 1
        } catch {
          guard case .refused = error else { throw error }
          outcome.failures.append(Backfill.Failure(window: window.window, error: error))
        }
      }
      return outcome
    }
  }
}
