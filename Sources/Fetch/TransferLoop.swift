import CCurl
import DequeModule
import Glibc
internal import Market
import Synchronization

/// The thread on which libcurl works: a turn of its sockets, then what the mailbox has, and again.
///
/// Unchecked: `mailbox` is a mutex; every other variable is touched by the loop's thread alone.
final class TransferLoop: @unchecked Sendable {
  private enum Message {
    case start(Transfer)
    case cancel(Transfer)
  }

  private struct Mailbox {
    var messages: [Message] = []
    var isStopping = false
    /// As long as it may be woken: nil before the thread begins and after it ends.
    var multi: MultiHandle?
    var whenStopped: [CheckedContinuation<Void, Never>] = []

    /// - Returns: what to wake, once the mailbox is open again, since its thread looks into it at once; nil where it has
    ///   been woken and has not looked yet.
    mutating func put(_ message: Message) -> MultiHandle? {
      messages.append(message)
      return messages.count == 1 ? multi : nil
    }
  }

  private let mailbox = Mutex(Mailbox())
  private let configuration: Fetcher.Configuration
  private let now: @Sendable () -> Instant

  private var running: [ObjectIdentifier: Transfer] = [:]
  private var waiting: [String: Deque<Transfer>] = [:]
  private var inFlight: [String: Int] = [:]
  /// Easy handles between transfers; as many as were ever needed at once.
  private var idle: [UnsafeMutableRawPointer] = []

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
      handle.turn()
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
    case .start(let transfer):
      transfer.isStarted = true
      guard !transfer.cancelled.load(ordering: .acquiring) else {
        return transfer.finish(.failure(FetchError(transfer.request, .cancelled, .cancelled)))
      }
      waiting[transfer.url.origin, default: []].append(transfer)
      fill(transfer.url.origin, multi)
    case .cancel(let transfer):
      // A cancel can overtake the start, whose continuation is then still being set: the flag tells it.
      guard transfer.isStarted else { return }
      let wasRunning = running[ObjectIdentifier(transfer)] != nil
      // An HTTP/1 connection in mid-reply is closed by this, an HTTP/2 stream reset.
      if wasRunning { release(transfer, multi) }
      // One that still waits for its turn is skipped when it comes.
      transfer.finish(.failure(FetchError(transfer.request, .cancelled, .cancelled)))
      if wasRunning { fill(transfer.url.origin, multi) }
    }
  }

  /// Starts what waits for this host, as far as its connections go.
  private func fill(_ origin: String, _ multi: UnsafeMutableRawPointer) {
    while inFlight[origin, default: 0] < configuration.atOncePerHost, let transfer = waiting[origin]?.popFirst() {
      // Cancelled while it waited.
      if transfer.isFinished { continue }
      guard let easy = idle.popLast() ?? curl_easy_init() else {
        transfer.finish(.failure(FetchError(transfer.request, .again(after: nil), .transport("out of memory"))))
        continue
      }
      transfer.set(up: easy, userAgent: configuration.userAgent)
      let code = curl_multi_add_handle(multi, easy)
      guard code == CURLM_OK else {
        _ = transfer.detach()
        curl_easy_cleanup(easy)
        let words = String(cString: curl_multi_strerror(code))
        transfer.finish(.failure(FetchError(transfer.request, .again(after: nil), .transport(words))))
        continue
      }
      inFlight[origin, default: 0] += 1
      running[ObjectIdentifier(transfer)] = transfer
    }
    if waiting[origin]?.isEmpty == true { waiting[origin] = nil }
  }

  private func conclude(_ easy: UnsafeMutableRawPointer?, _ code: CURLcode, _ multi: UnsafeMutableRawPointer) {
    var pointer: UnsafeMutableRawPointer?
    guard let easy, flux_easy_get_pointer(easy, CURLINFO_PRIVATE, &pointer) == CURLE_OK, let pointer else { return }
    let transfer = Unmanaged<Transfer>.fromOpaque(pointer).takeUnretainedValue()
    let origin = transfer.url.origin
    switch transfer.verdict(code, now: now()) {
    case .finished(let outcome):
      release(transfer, multi)
      transfer.finish(outcome)
      fill(origin, multi)
    case .redirected(let url):
      // The same origin, so the place among those in flight stays its own.
      curl_multi_remove_handle(multi, easy)
      transfer.url = url
      transfer.redirects += 1
      transfer.aim(easy)
      curl_multi_add_handle(multi, easy)
    }
  }

  /// Takes the transfer out of the multi handle, and its easy handle back.
  private func release(_ transfer: Transfer, _ multi: UnsafeMutableRawPointer) {
    running[ObjectIdentifier(transfer)] = nil
    let origin = transfer.url.origin
    inFlight[origin, default: 1] -= 1
    if inFlight[origin] == 0 { inFlight[origin] = nil }
    guard let easy = transfer.detach() else { return }
    curl_multi_remove_handle(multi, easy)
    // Options and credentials go, the connection stays with the multi handle.
    curl_easy_reset(easy)
    idle.append(easy)
  }

  private func end(_ multi: UnsafeMutableRawPointer) {
    let left = Array(running.values) + waiting.values.flatMap { $0 }
    for transfer in running.values { release(transfer, multi) }
    waiting = [:]
    for transfer in left { transfer.finish(.failure(FetchError(transfer.request, .cancelled, .shutDown))) }
    for easy in idle { curl_easy_cleanup(easy) }
    idle = []
  }
}

/// `curl_global_init`, once for the program and before any thread of ours.
private let curlIsReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
