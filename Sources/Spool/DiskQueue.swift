import Dispatch

/// The queue that one spool's work runs on: SQLite waits for the disk there, and Swift's own pool never does.
final class DiskQueue: SerialExecutor {
  private let queue = DispatchQueue(label: "spool")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }

  func run<T: Sendable>(_ body: @escaping @Sendable () -> T) async -> T {
    await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: body()) }
    }
  }
}
