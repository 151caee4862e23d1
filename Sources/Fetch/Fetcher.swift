package import Market
import Synchronization

/// Requests in, replies out: one libcurl multi handle on a thread of its own, an async function in front.
///
/// One fetcher serves a whole program; its connections stay open between requests, and HTTP/2 is used where a server
/// offers it. It waits for nobody's rate: `Intake.HostGate` does that.
package final class Fetcher: Sendable {
  package struct Configuration: Sendable {
    /// `flux-market/1.0.0 (+mailto:ops@example.org)`: who calls, and whom to write to.
    package var userAgent: String
    /// Requests on their way to one host at once; the rest wait in order. 8 reach loopback's limit.
    package var atOncePerHost: Int

    package init(version: String, contact: String? = nil, atOncePerHost: Int = 8) {
      // What would break out of the header's line is left out of it.
      let plain = contact.flatMap { text in oneLine(text) }
      userAgent = "flux-market/\(version)" + (plain.map { " (+\($0))" } ?? "")
      self.atOncePerHost = max(1, atOncePerHost)
    }
  }

  private let loop: TransferLoop

  /// - Parameter now: stamps replies as they arrive; called on the fetcher's thread.
  package init(configuration: Configuration, now: @escaping @Sendable () -> Instant) {
    loop = TransferLoop(configuration: configuration, now: now)
    loop.start()
  }

  /// The fetcher's thread, for tasks that ask for one reply after another (`withTaskExecutorPreference`): each reply
  /// then sets off what follows where it arrived, and no other thread has to be woken. They must not block it. Once the
  /// fetcher is shut down they go on in Swift's own pool.
  package var executor: any TaskExecutor { loop }

  deinit { loop.stop(then: nil) }

  /// The reply to `request`, of status 2xx and received in full.
  ///
  /// Cancelling the task breaks the transfer off and closes its connection.
  package func fetch(_ request: Request) async throws(FetchError) -> Response {
    if let fault = Self.fault(in: request) { throw fault }
    let transfer = Transfer(request)
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        transfer.answers(continuation)
        loop.start(transfer)
      }
    } onCancel: {
      transfer.cancelled.store(true, ordering: .releasing)
      loop.cancel(transfer)
    }
    return try outcome.get()
  }

  /// Breaks off every transfer, closes every connection and ends the thread; returns when that is done. Requests that
  /// come later fail with `shutDown`.
  package func shutdown() async {
    await withCheckedContinuation { continuation in loop.stop(then: continuation) }
  }

  /// What we would not send, decided before anything leaves.
  private static func fault(in request: Request) -> FetchError? {
    guard isAllowed(request.url) else { return FetchError(request, .refused, .badScheme) }
    if let name = request.brokenHeader { return FetchError(request, .refused, .badHeader(name)) }
    return nil
  }

  /// https, or plain http to this very machine.
  static func isAllowed(_ url: RedactedURL) -> Bool {
    !url.host.isEmpty && (url.scheme == "https" || url.scheme == "http" && url.isLoopback)
  }
}
