import CCurl
import Synchronization

/// One request on its way, with libcurl's easy handle while it has one.
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
  var url: RedactedURL
  var redirects = 0
  /// When it got its first connection: the total limit counts from here, over redirects.
  var startedAt: ContinuousClock.Instant?

  private(set) var easy: UnsafeMutableRawPointer?
  private var headerList: UnsafeMutablePointer<curl_slist>?
  /// libcurl writes here what went wrong (`CURLOPT_ERRORBUFFER`), also while we do not look.
  private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
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

  deinit {
    curl_slist_free_all(headerList)
    errorText.deallocate()
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

  /// Prepares `easy` for this transfer (`curl_easy_setopt`). The transfer outlives its stay in the multi handle.
  func set(up easy: UnsafeMutableRawPointer, userAgent: String) {
    self.easy = easy
    let limits = request.limits
    // Else a name that resolves slowly is timed with SIGALRM, in whatever thread it hits.
    flux_easy_set_long(easy, CURLOPT_NOSIGNAL, 1)
    flux_easy_set_pointer(easy, CURLOPT_PRIVATE, Unmanaged.passUnretained(self).toOpaque())
    errorText[0] = 0
    flux_easy_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
    flux_easy_set_pointer(easy, CURLOPT_WRITEDATA, Unmanaged.passUnretained(self).toOpaque())
    flux_easy_set_write_function(easy) { bytes, size, count, context in
      guard let bytes, let context else { return 0 }
      let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
      return transfer.receive(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
    }
    // 16 KiB by default, which is three calls for a day of system prices.
    flux_easy_set_long(easy, CURLOPT_BUFFERSIZE, 64 << 10)
    flux_easy_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(limits.connect))
    flux_easy_set_long(easy, CURLOPT_LOW_SPEED_LIMIT, limits.slowest)
    flux_easy_set_long(easy, CURLOPT_LOW_SPEED_TIME, max(1, Int(limits.slowFor.components.seconds)))
    // All encodings that this libcurl can unpack.
    flux_easy_set_text(easy, CURLOPT_ACCEPT_ENCODING, "")
    flux_easy_set_text(easy, CURLOPT_USERAGENT, userAgent)
    flux_easy_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
    flux_easy_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    flux_easy_set_long(easy, CURLOPT_FRESH_CONNECT, request.isSentOnce ? 1 : 0)
    flux_easy_set_long(easy, CURLOPT_FORBID_REUSE, request.isSentOnce ? 1 : 0)

    if request.method == .post {
      let body = request.body ?? []
      flux_easy_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
      body.withUnsafeBytes { bytes in
        // An empty buffer has no address; without one libcurl would read the body from standard input.
        _ = bytes.baseAddress.map {
          flux_easy_set_text(easy, CURLOPT_COPYPOSTFIELDS, $0.assumingMemoryBound(to: CChar.self))
        } ?? flux_easy_set_text(easy, CURLOPT_COPYPOSTFIELDS, "")
      }
    }
    curl_slist_free_all(headerList)
    headerList = nil
    append("Accept: \(request.expects.rawValue)")
    for header in request.headers { append("\(header.name): \(header.value)") }
    for header in request.secretHeaders { append("\(header.name): \(header.prefix)\(header.secret.reveal())") }
    flux_easy_set_list(easy, CURLOPT_HTTPHEADER, headerList)
    aim(easy)
  }

  /// Points the handle at `url`, which was found fit, and forgets what the last hop brought.
  func aim(_ easy: UnsafeMutableRawPointer) {
    flux_easy_set_text(easy, CURLOPT_URL, url.revealed())
    flux_easy_set_text(easy, CURLOPT_PROTOCOLS_STR, url.isLoopback ? "http,https" : "https")
    // A proxy has no way to this machine's loopback, and would read what we send there in plain text.
    flux_easy_set_text(easy, CURLOPT_NOPROXY, url.isLoopback ? "*" : nil)
    let now = ContinuousClock.now
    let spent = now - (startedAt ?? now)
    startedAt = startedAt ?? now
    flux_easy_set_long(easy, CURLOPT_TIMEOUT_MS, milliseconds(request.limits.total - spent))
    bytes = []
    ceiling = nil
    keepsBeginning = false
  }

  /// Gives the handle back, once it has left the multi handle.
  func detach() -> UnsafeMutableRawPointer? {
    defer { easy = nil }
    return easy
  }

  /// Takes what is left of the body; the transfer keeps nothing of it.
  func takeBytes() -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }

  private func append(_ line: String) { headerList = curl_slist_append(headerList, line) }

  /// At least 1: libcurl takes 0 for no limit at all.
  private func milliseconds(_ duration: Duration) -> Int { max(1, Int(duration / .milliseconds(1))) }

  // MARK: - The body

  private static let refusalBytes = 64 << 10
  /// What may be copied a few times while it grows.
  private static let smallBytes = 1 << 20

  /// - Returns: false where the transfer is to be broken off, since the body is too large.
  private func receive(_ piece: UnsafeRawBufferPointer) -> Bool {
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
    let status = long(CURLINFO_RESPONSE_CODE)
    keepsBeginning = !(200..<300).contains(status)
    let maximum = request.limits.maximumBody
    let ceiling = keepsBeginning ? Self.refusalBytes : maximum
    let announced = Int(offset(CURLINFO_CONTENT_LENGTH_DOWNLOAD_T))
    // A compressed body's length says little. A lie costs address space, not memory: pages come as they are written.
    let guess = hasHeader("Content-Encoding") || announced < 0 ? 64 << 10 : announced
    bytes.reserveCapacity(min(ceiling, guess))
    self.ceiling = ceiling
    return ceiling
  }

  // MARK: - What libcurl knows of it

  func long(_ info: CURLINFO) -> Int {
    var value = 0
    guard let easy, flux_easy_get_long(easy, info, &value) == CURLE_OK else { return 0 }
    return value
  }

  func offset(_ info: CURLINFO) -> Int64 {
    var value: curl_off_t = 0
    guard let easy, flux_easy_get_offset(easy, info, &value) == CURLE_OK else { return 0 }
    return Int64(value)
  }

  /// Where the reply points to, made absolute by libcurl; nil where it does not.
  var location: String? {
    var text: UnsafeMutablePointer<CChar>?
    guard let easy, flux_easy_get_text(easy, CURLINFO_REDIRECT_URL, &text) == CURLE_OK, let text else { return nil }
    return String(cString: text)
  }

  /// libcurl's words for `code`, in one line and without our credentials.
  func words(for code: CURLcode) -> String {
    let text = String(cString: errorText[0] == 0 ? curl_easy_strerror(code) : UnsafePointer(errorText))
    return oneLine(text.masking(request.secrets)) ?? "libcurl error \(code.rawValue)"
  }

  /// The header of the last reply, without those of a proxy or of a 100 (`curl_easy_nextheader`).
  func headers() -> Headers {
    guard let easy else { return Headers([]) }
    var fields: [Request.Header] = []
    var last: UnsafeMutablePointer<curl_header>?
    while let header = curl_easy_nextheader(easy, UInt32(CURLH_HEADER), -1, last) {
      fields.append(Request.Header(String(cString: header.pointee.name), String(cString: header.pointee.value)))
      last = header
    }
    return Headers(fields)
  }

  private func hasHeader(_ name: String) -> Bool {
    var header: UnsafeMutablePointer<curl_header>?
    guard let easy else { return false }
    return curl_easy_header(easy, name, 0, UInt32(CURLH_HEADER), -1, &header) == CURLHE_OK
  }
}
