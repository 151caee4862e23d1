import Hummingbird
internal import Market
import NIOCore
import ServiceLifecycle
import Synchronization

/// What stands between a request and its provider's answer: the host's limit, a fault, and the ledger.
final class Answers: Sendable {
  private let options: Simulator.Options
  private let limits: CallLimits
  private let dice: Dice
  private let start: Instant
  private let count = Mutex(0)

  init(_ options: Simulator.Options) {
    self.options = options
    limits = CallLimits(options.limits)
    dice = Dice(seed: options.seed)
    start = options.now()
  }

  /// Answers one request with what the provider says at an instant, or with what a fault makes of it.
  func answer(
    _ host: SimulatedHost, _ request: Request, _ channel: any Channel,
    by provider: (_ now: Instant) async throws -> Reply
  ) async throws -> Response {
    let now = options.now()
    let number = count.withLock { count in
      count += 1
      return count
    }
    let path = request.uri.path
    var entry = Ledger.Entry(request: number, at: now, ended: now, host: host, path: path)
    if let seconds = limits.secondsToWait(host, at: now) {
      entry.isLimited = true
      return send(.throttled(seconds: seconds), entry)
    }
    let fault = options.faults.fault(
      host, String(path.dropFirst(host.base.count)), number: number, at: now, start: start, dice: dice)
    // A token carries its time, so an older answer of Axle's would be another fault.
    if case .stale(let age) = fault, host != .axle {
      entry.fault = fault
      return send(try await provider(now.advanced(by: .zero - age)), entry)
    }
    let reply = try await provider(now)
    guard let fault else { return send(reply, entry) }
    if let damaged = reply.damaged(by: fault, number: number, dice: dice) {
      entry.fault = fault
      return send(damaged, readFrom: reply.body, entry)
    }
    return try await respond(fault, reply, entry, over: channel, to: request)
  }

  /// An answer that is sent in full.
  ///
  /// - Parameter body: where the reply's records stand; its own body where nothing of it was damaged.
  func send(
    _ reply: Reply, readFrom body: [UInt8]? = nil, _ entry: Ledger.Entry, pieces: Int = 1, pause: Duration = .zero
  ) -> Response {
    var entry = entry
    if reply.status == .ok {
      let body = body ?? reply.body
      entry.values = reply.records.flatMap { record in
        record.values.map {
          Ledger.Value(
            date: record.date, period: record.period, field: $0.field, provider: record.provider,
            text: String(decoding: body[$0.bytes], as: UTF8.self))
        }
      }
      entry.steps = reply.steps
    }
    return respond(reply, entry, length: reply.body.count) { writer in
      let size = max(1, (reply.body.count + pieces - 1) / pieces)
      for place in stride(from: 0, to: reply.body.count, by: size) {
        if place > 0 { try await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) } }
        try await writer.write(ByteBuffer(bytes: reply.body[place..<min(place + size, reply.body.count)]))
      }
    }
  }

  /// A response whose body `write` sends, noted in the ledger once it has ended.
  ///
  /// - Parameter length: of the body; nil where it is not known.
  func respond(
    _ reply: Reply, _ entry: Ledger.Entry, status: Int? = nil, headers more: HTTPFields = [:], length: Int?,
    _ write: @escaping @Sendable (inout any ResponseBodyWriter) async throws -> Void
  ) -> Response {
    var headers = more
    if headers[.contentType] == nil { headers[.contentType] = reply.contentType }
    headers[.cacheControl] = "no-store, must-revalidate, no-cache"
    if let retryAfter = reply.retryAfter { headers[.retryAfter] = "\(retryAfter)" }
    var entry = entry
    entry.status = status ?? reply.status.rawValue
    let (ledger, now, whole) = (options.ledger, options.now, entry)
    let body = ResponseBody(contentLength: length) { writer in
      var entry = whole
      defer {
        entry.ended = now()
        ledger?.note(entry)
      }
      do {
        try await write(&writer)
        try await writer.finish(nil)
      } catch {
        (entry.values, entry.steps) = ([], [])
        throw error
      }
    }
    return Response(status: HTTPResponse.Status(code: entry.status), headers: headers, body: body)
  }

  /// Notes a request that gets no answer, once it is clear that it gets none.
  func noteUnanswered(_ entry: Ledger.Entry) {
    var entry = entry
    entry.ended = options.now()
    options.ledger?.note(entry)
  }
}
