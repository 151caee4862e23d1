import Glibc

/// The thread that one connection's work runs on: libpq may block there, and Swift's own pool never waits.
///
/// It ends when the last reference to it is gone.
final class ConnectionThread: SerialExecutor {
  private let jobs = JobQueue()

  /// The C functions are `pthread_create` and `pthread_detach`.
  init() throws(PostgresError) {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(jobs)
    let status = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<JobQueue>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, context.toOpaque())
    guard status == 0 else {
      context.release()
      throw PostgresError(.unavailable, "no thread for a connection: \(String(cString: strerror(status)))")
    }
    pthread_detach(thread)
  }

  func enqueue(_ job: consuming ExecutorJob) { jobs.append(UnownedJob(job), for: self) }

  deinit { jobs.end() }
}

/// What waits for the thread, oldest first.
///
/// Unchecked: `waiting` and `ended` are touched only with `mutex` held; the two pthread objects are C's and never move.
private final class JobQueue: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// Each job holds its executor, so that none is freed under a job that runs.
  private var waiting: [(job: UnownedJob, executor: ConnectionThread)] = []
  private var ended = false

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  func append(_ job: UnownedJob, for executor: ConnectionThread) {
    pthread_mutex_lock(mutex)
    waiting.append((job, executor))
    pthread_cond_signal(changed)
    pthread_mutex_unlock(mutex)
  }

  func end() {
    pthread_mutex_lock(mutex)
    ended = true
    pthread_cond_signal(changed)
    pthread_mutex_unlock(mutex)
  }

  func run() {
    while let (job, executor) = next() { job.runSynchronously(on: executor.asUnownedSerialExecutor()) }
  }

  private func next() -> (job: UnownedJob, executor: ConnectionThread)? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while waiting.isEmpty {
      if ended { return nil }
      pthread_cond_wait(changed, mutex)
    }
    return waiting.removeFirst()
  }
}
