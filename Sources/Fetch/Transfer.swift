import CCurl
import Synchronization

/// One request on its way, with an easy handle while it has one.
///
/// Unchecked: `cancelled` is atomic; all else is set before the transfer is handed to the loop's mailbox, whose mutex
/// publishes it, and is touched by the loop's thread alone from then on.
final class Transfer: @unchecked Sendable {
  typealias Outcome = Result<Response, FetchError>

  let request: Request
  let cancelled = Atomic(false)

  /// Whether the loop has taken it in.
  var isStarted = false
  /// Where it is now; moves with redirects.
  private(set) var url: RedactedURL
  private(set) var redirects = 0
  /// When it got its first connection: the total limit counts from here, over redirects.
  private var startedAt: ContinuousClock.Instant?

  private(set) var easy: EasyHandle?
  private var continuation: CheckedContinuation<Outcome, Never>?

  private(set) var bytes: [UInt8] = []
  private(set) var isTooLarge = false
  /// How much of the body is kept; nil until its first byte.
  private var ceiling: Int?
  /// The body of a redirect or refusal: its beginning is enough.
  private var keepsBeginning = false

  init(_ request: Request) {
    self.request = request
    self.url = request.url
  }

  /// Called once, before the transfer is handed to the loop.
  func answers(_ continuation: CheckedContinuation<Outcome, Never>) { self.continuation = continuation }

  var isFinished: Bool { continuation == nil }

  /// Tells the caller. Whatever comes after the first call is dropped, so that nobody is told twice.
  func finish(_ outcome: Outcome) {
    guard let continuation else { return }
    self.continuation = nil
    continuation.resume(returning: outcome)
  }

  // MARK: - The easy handle

  /// Takes a handle, which then stands ready to be added to the multi handle.
  func take(_ easy: EasyHandle, userAgent: String) {
    self.easy = easy
    easy.prepare(for: self, userAgent: userAgent)
    startedAt = .now
    easy.aim(at: url, within: request.limits.total)
  }

  /// Goes on at another URL of its origin, and forgets what the last hop brought.
  func follow(to url: RedactedURL, with easy: EasyHandle) {
    self.url = url
    redirects += 1
    (bytes, ceiling, keepsBeginning) = ([], nil, false)
    easy.aim(at: url, within: request.limits.total - spent)
  }

  /// Since it got its connection.
  var spent: Duration { startedAt.map { .now - $0 } ?? .zero }

  /// Gives the handle back, once it has left the multi handle.
  func detach() -> EasyHandle? {
    defer { easy = nil }
    return easy
  }

  /// Takes what is left of the body; the transfer keeps nothing of it.
  func takeBytes() -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }

  // MARK: - The body

  private static let refusalBytes = 64 << 10
  /// What may be copied a few times while it grows.
  private static let smallBytes = 1 << 20

  /// - Returns: false where the transfer is to be broken off, since the body is too large.
  func receive(_ piece: UnsafeRawBufferPointer) -> Bool {
    let ceiling = self.ceiling ?? beginBody()
    if keepsBeginning {
      bytes.append(contentsOf: piece.prefix(ceiling - bytes.count))
      return true
    }
    guard piece.count <= ceiling - bytes.count else {
      isTooLarge = true
      return false
    }
    // Without its length told, a body would be copied at each doubling, and both copies be there meanwhile.
    if bytes.count + piece.count > max(bytes.capacity, Self.smallBytes) { bytes.reserveCapacity(ceiling) }
    bytes.append(contentsOf: piece)
    return true
  }

  private func beginBody() -> Int {
    let status = easy?.long(CURLINFO_RESPONSE_CODE) ?? 0
    keepsBeginning = !(200..<300).contains(status)
    let maximum = request.limits.maximumBody
    let ceiling = keepsBeginning ? Self.refusalBytes : maximum
    let announced = Int(easy?.offset(CURLINFO_CONTENT_LENGTH_DOWNLOAD_T) ?? -1)
    // A compressed body's length says little. A lie costs address space, not memory: pages come as they are written.
    let guess = easy?.header("Content-Encoding") != nil || announced < 0 ? 64 << 10 : announced
    bytes.reserveCapacity(min(ceiling, guess))
    self.ceiling = ceiling
    return ceiling
  }
}
