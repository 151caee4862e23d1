import CCurl
import DequeModule
import Glibc
internal import Market
import Synchronization

/// The thread on which libcurl works: a turn of its sockets, then what the mailbox has, and again. Tasks may run on it,
/// too: a job of theirs is a message like any other.
///
/// Unchecked: `mailbox` is a mutex; every other variable is touched by the loop's thread alone.
final class TransferLoop: TaskExecutor, @unchecked Sendable {
  private enum Message {
    case start(Transfer)
    case cancel(Transfer)
    case job(UnownedJob)
  }

  private struct Mailbox {
    var messages: [Message] = []
    var isStopping = false
    /// Whether the thread waits, or is about to, and nobody has woken it.
    var isAsleep = false
    /// As long as it may be woken: nil before the thread begins and after it ends.
    var multi: MultiHandle?
    var whenStopped: [CheckedContinuation<Void, Never>] = []

    /// - Returns: what to wake, once the mailbox is open again, since its thread looks into it at once; nil where it will
    ///   look anyway.
    mutating func put(_ message: Message) -> MultiHandle? {
      messages.append(message)
      defer { isAsleep = false }
      return isAsleep ? multi : nil
    }

    /// - Returns: whether the thread may wait, since nothing is there for it.
    mutating func fallAsleep() -> Bool {
      isAsleep = messages.isEmpty && !isStopping
      return isAsleep
    }
  }

  private let mailbox = Mutex(Mailbox())
  private let configuration: Fetcher.Configuration
  private let now: @Sendable () -> Instant

  /// The transfers of one origin.
  private final class Line {
    var waiting: Deque<Transfer> = []
    var inFlight = 0
  }

  private var running: [ObjectIdentifier: (transfer: Transfer, line: Line)] = [:]
  /// By origin.
  private var lines: [String: Line] = [:]
  /// Easy handles between transfers; as many as were ever needed at once.
  private var idle: [EasyHandle] = []

  init(configuration: Fetcher.Configuration, now: @escaping @Sendable () -> Instant) {
    self.configuration = configuration
    self.now = now
  }

  // MARK: - From any thread

  /// Begins the thread. Where the machine has none to give, every transfer fails at once.
  func start() {
    guard curlIsReady, let multi = MultiHandle() else { return mailbox.withLock { $0.isStopping = true } }
    mailbox.withLock { $0.multi = multi }
    var thread = pthread_t()
    let me = Unmanaged.passRetained(self)
    let code = pthread_create(&thread, nil, { argument in
      guard let argument else { return nil }
      Unmanaged<TransferLoop>.fromOpaque(argument).takeRetainedValue().run()
      return nil
    }, me.toOpaque())
    guard code == 0 else {
      me.release()
      mailbox.withLock { mailbox in
        mailbox.multi = nil
        mailbox.isStopping = true
      }
      return
    }
    pthread_detach(thread)
  }

  func start(_ transfer: Transfer) {
    let (isTaken, sleeper) = mailbox.withLock { mailbox in
      mailbox.isStopping ? (false, nil) : (true, mailbox.put(.start(transfer)))
    }
    sleeper?.wake()
    if !isTaken { transfer.finish(.failure(FetchError(transfer.request, .cancelled, .shutDown))) }
  }

  /// A transfer that has not come in yet is found by its flag when it does.
  func cancel(_ transfer: Transfer) {
    mailbox.withLock { $0.isStopping ? nil : $0.put(.cancel(transfer)) }?.wake()
  }

  /// Runs a task's next part on the loop's thread, or on Swift's own where that has ended.
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let (isTaken, sleeper) = mailbox.withLock { mailbox in
      mailbox.isStopping ? (false, nil) : (true, mailbox.put(.job(job)))
    }
    sleeper?.wake()
    if !isTaken { globalConcurrentExecutor.enqueue(job) }
  }

  /// - Parameter done: resumed when the thread has let go of everything, at once where it already has.
  func stop(then done: CheckedContinuation<Void, Never>?) {
    let running = mailbox.withLock { mailbox in
      mailbox.isStopping = true
      if mailbox.multi != nil, let done { mailbox.whenStopped.append(done) }
      return mailbox.multi
    }
    if let running { running.wake() } else { done?.resume() }
  }

  // MARK: - On the loop's thread

  private func run() {
    // Signals are the program's business, not this thread's; a pending SIGPIPE of OpenSSL's stays pending.
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    guard let handle = mailbox.withLock({ $0.multi }) else { return }
    let multi = handle.raw

    while true {
      let (messages, isStopping) = mailbox.withLock { mailbox in
        let messages = mailbox.messages
        mailbox.messages = []
        return (messages, mailbox.isStopping)
      }
      for message in messages { take(message, multi) }
      if isStopping { break }
      handle.turn(isWaiting: mailbox.withLock { $0.fallAsleep() })
      mailbox.withLock { $0.isAsleep = false }
      var count: Int32 = 0
      while let message = curl_multi_info_read(multi, &count) {
        if message.pointee.msg == CURLMSG_DONE {
          conclude(message.pointee.easy_handle, message.pointee.data.result, multi)
        }
      }
    }
    end(multi)
    let callers = mailbox.withLock { mailbox in
      mailbox.multi = nil
      defer { mailbox.whenStopped = [] }
      return mailbox.whenStopped
    }
    // Closes what connections are left.
    _ = consume handle
    for caller in callers { caller.resume() }
  }

  private func take(_ message: Message, _ multi: UnsafeMutableRawPointer) {
    switch message {
    case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
    case .start(let transfer):
      transfer.isStarted = true
      guard !transfer.cancelled.load(ordering: .acquiring) else {
        return transfer.finish(.failure(FetchError(transfer.request, .cancelled, .cancelled)))
      }
      let line = lines[transfer.url.origin] ?? Line()
      lines[transfer.url.origin] = line
      line.waiting.append(transfer)
      fill(line, multi)
    case .cancel(let transfer):
      // A cancel can overtake the start, whose continuation is then still being set: the flag tells it.
      guard transfer.isStarted else { return }
      let failure = Transfer.Outcome.failure(FetchError(transfer.request, .cancelled, .cancelled))
      // One that still waits for its turn is skipped when it comes.
      guard let line = running[ObjectIdentifier(transfer)]?.line else { return transfer.finish(failure) }
      // An HTTP/1 connection in mid-reply is closed by this, an HTTP/2 stream reset.
      release(transfer, multi)
      transfer.finish(failure)
      fill(line, multi)
    }
  }

  /// Starts what waits for this origin, as far as its connections go.
  private func fill(_ line: Line, _ multi: UnsafeMutableRawPointer) {
    while line.inFlight < configuration.atOncePerHost, let transfer = line.waiting.popFirst() {
      // Cancelled while it waited.
      if transfer.isFinished { continue }
      guard let easy = idleHandle(for: transfer.request) ?? EasyHandle() else {
        transfer.finish(.failure(FetchError(transfer.request, .again(after: nil), .transport("out of memory"))))
        continue
      }
      transfer.take(easy, userAgent: configuration.userAgent)
      let code = curl_multi_add_handle(multi, easy.raw)
      guard code == CURLM_OK else {
        _ = transfer.detach()
        let words = String(cString: curl_multi_strerror(code))
        transfer.finish(.failure(FetchError(transfer.request, .again(after: nil), .transport(words))))
        continue
      }
      line.inFlight += 1
      running[ObjectIdentifier(transfer)] = (transfer, line)
    }
  }

  private func idleHandle(for request: Request) -> EasyHandle? {
    guard let last = idle.indices.last else { return nil }
    return idle.remove(at: idle.lastIndex { $0.fits(request) } ?? last)
  }

  private func conclude(_ easy: UnsafeMutableRawPointer?, _ code: CURLcode, _ multi: UnsafeMutableRawPointer) {
    guard let easy = EasyHandle.of(easy), let transfer = easy.transfer else { return }
    switch transfer.verdict(code, of: easy, now: now()) {
    case .finished(let outcome):
      let line = release(transfer, multi)
      transfer.finish(outcome)
      if let line { fill(line, multi) }
    case .redirected(let url):
      // The same origin, so the place among those in flight stays its own.
      curl_multi_remove_handle(multi, easy.raw)
      transfer.follow(to: url, with: easy)
      curl_multi_add_handle(multi, easy.raw)
    }
  }

  /// Takes the transfer out of the multi handle, and its easy handle back.
  ///
  /// - Returns: where another may begin now.
  @discardableResult
  private func release(_ transfer: Transfer, _ multi: UnsafeMutableRawPointer) -> Line? {
    let line = running.removeValue(forKey: ObjectIdentifier(transfer))?.line
    line?.inFlight -= 1
    if let easy = transfer.detach() {
      curl_multi_remove_handle(multi, easy.raw)
      easy.transfer = nil
      idle.append(easy)
    }
    return line
  }

  private func end(_ multi: UnsafeMutableRawPointer) {
    let left = running.values.map(\.transfer) + lines.values.flatMap(\.waiting)
    for transfer in running.values.map(\.transfer) { release(transfer, multi) }
    lines = [:]
    for transfer in left { transfer.finish(.failure(FetchError(transfer.request, .cancelled, .shutDown))) }
    idle = []
  }
}

/// `curl_global_init`, once for the program and before any thread of ours.
private let curlIsReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
